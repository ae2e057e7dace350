import { graphql, type ResultOf } from "./graphql";

export const WhoAmI = graphql(`query WhoAmI { viewer { name role userId hasPassword } }`);

export const SignIn = graphql(`
  mutation SignIn($name: String, $password: String, $secret: String) {
    outcome: signIn(name: $name, password: $password, secret: $secret) { __typename ... on Problem { message } }
  }
`);

export const SignOut = graphql(`mutation SignOut($everywhere: Boolean!) { signOut(everywhere: $everywhere) }`);

export const Person = graphql(`fragment Person on Account { name role userId active hasPassword }`);

export const PersonOutcome = graphql(
  `fragment PersonOutcome on AccountResult {
    __typename
    ... on Account { ...Person }
    ... on Problem { message }
    ... on InvalidInput { field }
  }`,
  [Person],
);

export const SetPassword = graphql(
  `mutation SetPassword($password: String!, $current: String) {
    outcome: setPassword(password: $password, current: $current) { ...PersonOutcome }
  }`,
  [PersonOutcome],
);

export type Viewer = ResultOf<typeof WhoAmI>["viewer"];
export type Person = ResultOf<typeof Person>;
export type Role = Person["role"];

/** Whether somebody works on everybody's tickets. */
export function worksHere({ role }: { role: Role }): boolean {
  return role === "AGENT" || role === "ADMIN";
}
