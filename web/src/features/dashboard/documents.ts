import { graphql, type ResultOf } from "../../api/graphql";

export const FiguresSince = graphql(`
  query FiguresSince($since: DateTime!) {
    figures(since: $since) {
      open processing urgent unassigned urgentUnassigned approved rejected
      longest { number since }
      longestUnassigned { since }
      waited { seconds tickets }
      hours { begins cameIn decided }
      agents { name inHand approved rejected editing }
    }
  }
`);

export type Figures = ResultOf<typeof FiguresSince>["figures"];
