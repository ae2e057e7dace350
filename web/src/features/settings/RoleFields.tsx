import type { Role } from "../../api/access";
import { texts } from "../../texts";
import { Choice, Field } from "../../ui/Field";

type Props = {
  role: Role;
  onChoose: (role: Role) => void;
  userId?: string | null;
  /** What is wrong with the user id. */
  trouble: string | null;
};

/** What an account may see and do; a customer is one of the callers' users. */
export function RoleFields({ role, onChoose, userId, trouble }: Props) {
  return (
    <>
      <Choice
        label={texts.settings.people.role}
        of={texts.words.role}
        value={role}
        onChoose={onChoose}
        hint={texts.settings.people.does[role]}
      />
      {role === "CUSTOMER" && (
        <Field
          label={texts.settings.people.userId}
          name="userId"
          required
          maxLength={128}
          autoComplete="off"
          defaultValue={userId ?? ""}
          trouble={trouble}
          hint={texts.settings.people.userIdHint}
        />
      )}
    </>
  );
}

/** What a form with these fields says of an account. */
export function roleIn(form: HTMLFormElement, role: Role): { role: Role; userId: string | null } {
  return { role, userId: role === "CUSTOMER" ? String(new FormData(form).get("userId")) : null };
}
