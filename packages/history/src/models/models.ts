import type { Settings } from "../history.ts";
import type { Model } from "./model.ts";
import { Mutex } from "./mutex.ts";
import { Register } from "./register.ts";
import { TicketPool } from "./ticket-pool.ts";

export function modelOf(settings: Settings): Model {
  switch (settings.model) {
    case "register":
      return new Register(settings.initial);
    case "mutex":
      return new Mutex();
    case "ticket-pool":
      return new TicketPool(settings.capacity);
  }
}
