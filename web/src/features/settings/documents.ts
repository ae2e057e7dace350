import { Person, PersonOutcome } from "../../api/access";
import { Outgoing } from "../../api/documents";
import { graphql, type ResultOf } from "../../api/graphql";

export const People = graphql(
  `query People($after: Cursor) {
    accounts(after: $after) { edges { node { ...Person } } pageInfo { hasNextPage endCursor } }
  }`,
  [Person],
);

export const DeadLetters = graphql(`
  query DeadLetters {
    deadLetters(first: 50) { edges { node { id mailbox key reason size at retrying rawUrl } } }
  }
`);

export const RetryDeadLetter = graphql(`
  mutation RetryDeadLetter($id: ID!) {
    outcome: retryDeadLetter(id: $id) { __typename ... on NotFound { message } }
  }
`);

export type DeadLetter = ResultOf<typeof DeadLetters>["deadLetters"]["edges"][number]["node"];

/** The newest mails that a person is to decide of. */
export const Unsent = graphql(
  `query Unsent {
    failed: outbox(first: 20, delivery: FAILED) { edges { node { ...Outgoing } } }
    uncertain: outbox(first: 20, delivery: UNCERTAIN) { edges { node { ...Outgoing } } }
  }`,
  [Outgoing],
);

export const NumberOf = graphql(`query NumberOf($id: ID!) { ticket(id: $id) { number subject } }`);

export const MailSettings = graphql(`query MailSettings { mailSettings { name value } }`);

export const CheckMail = graphql(`mutation CheckMail { checkMail { what words works } }`);

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

export type Token = ResultOf<typeof Token>;
