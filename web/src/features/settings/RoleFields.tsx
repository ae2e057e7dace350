import type { Role } from "../../api/access";
import { Choice, Field } from "../../ui/Field";
import { named } from "../../ui/words";

const DOES: Record<Role, string> = {
  AGENT: "Works on all tickets.",
  CUSTOMER: "Sees and makes their own tickets.",
  PARTNER: "A program that makes tickets and reads them by user.",
  ADMIN: "As an agent, and manages accounts.",
};
const ROLES = Object.fromEntries(Object.keys(DOES).map((role) => [role, named(role)])) as Record<Role, string>;

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
      <Choice label="Role" of={ROLES} value={role} onChoose={onChoose} hint={DOES[role]} />
      {role === "CUSTOMER" && (
        <Field
          label="User id"
          name="userId"
          required
          maxLength={128}
          autoComplete="off"
          defaultValue={userId ?? ""}
          trouble={trouble}
          hint="Whose tickets they are, in your own numbering."
        />
      )}
    </>
  );
}

/** What a form with these fields says of an account. */
export function roleIn(form: HTMLFormElement, role: Role): { role: Role; userId: string | null } {
  return { role, userId: role === "CUSTOMER" ? String(new FormData(form).get("userId")) : null };
}
