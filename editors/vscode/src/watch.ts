/** Who looks at the sessions. The server watches hosts only while somebody does, and counts this client once. */

import { Command, type Sessions } from "./lsp";
import type { Server } from "./server";

export interface Watch {
  /** Begins to look: what is known now; what the hosts say comes by `onSessionsChanged`. Call `end` when done. */
  begin(action: "subscribe" | "refresh"): Promise<Sessions>;
  end(): void;
  /** Asks the hosts now, for somebody who looks already. */
  refresh(): Promise<Sessions>;
}

export function makeWatch(server: Pick<Server, "call">): Watch {
  let watchers = 0;
  return {
    begin(action) {
      watchers += 1;
      return server.call(Command.sessions, { action });
    },
    end() {
      watchers -= 1;
      if (watchers === 0) {
        // A server that is gone watches nothing.
        server.call(Command.sessions, { action: "unsubscribe" }).catch(() => undefined);
      }
    },
    refresh: () => server.call(Command.sessions, { action: "refresh" }),
  };
}
