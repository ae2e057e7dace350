import { graphql, type ResultOf } from "./graphql";

export const WhoAmI = graphql(`query WhoAmI { viewer { name role userId hasPassword } }`);

export const SignIn = graphql(`
  mutation SignIn($name: String, $password: String, $secret: String) {
    outcome: signIn(name: $name, password: $password, secret: $secret) { __typename ... on Problem { message } }
  }
`);

export const SignOut = graphql(`mutation SignOut($everywhere: Boolean!) { signOut(everywhere: $everywhere) }`);

export const Person = graphql(`fragment Person on Account { name role userId active hasPassword }`);

const PersonOutcome = graphql(
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

export const People = graphql(
  `query People($after: Cursor) {
    accounts(after: $after) { edges { node { ...Person } } pageInfo { hasNextPage endCursor } }
  }`,
  [Person],
);

export const CreateAccount = graphql(
  `mutation CreateAccount($name: String!, $role: Role!, $userId: ID) {
    outcome: createAccount(name: $name, role: $role, userId: $userId) { ...PersonOutcome }
  }`,
  [PersonOutcome],
);

export const SetRole = graphql(
  `mutation SetRole($name: String!, $role: Role!, $userId: ID) {
    outcome: setRole(account: $name, role: $role, userId: $userId) { ...PersonOutcome }
  }`,
  [PersonOutcome],
);

export const Disable = graphql(
  `mutation Disable($name: String!) { outcome: disableAccount(account: $name) { ...PersonOutcome } }`,
  [PersonOutcome],
);

export const Enable = graphql(
  `mutation Enable($name: String!) { outcome: enableAccount(account: $name) { ...PersonOutcome } }`,
  [PersonOutcome],
);

export const Invite = graphql(`
  mutation Invite($name: String!) {
    outcome: createSignInCode(account: $name) {
      __typename
      ... on SignInCode { code expiresAt }
      ... on Problem { message }
    }
  }
`);

export const Token = graphql(`fragment Token on Token { id name role createdAt expiresAt lastUsedAt }`);

export const OwnAccess = graphql(`query OwnAccess { viewer { hasPassword } tokens { ...Token } }`, [Token]);

export const CreateToken = graphql(
  `mutation CreateToken($name: String!, $expiresAt: DateTime) {
    outcome: createToken(name: $name, expiresAt: $expiresAt) {
      __typename
      ... on TokenGrant { secret token { ...Token } }
      ... on Problem { message }
      ... on InvalidInput { field }
    }
  }`,
  [Token],
);

export const RevokeToken = graphql(`
  mutation RevokeToken($id: ID!) { outcome: revokeToken(id: $id) { __typename ... on Problem { message } } }
`);

export type Viewer = ResultOf<typeof WhoAmI>["viewer"];
export type Person = ResultOf<typeof Person>;
export type Role = Person["role"];
export type Token = ResultOf<typeof Token>;
