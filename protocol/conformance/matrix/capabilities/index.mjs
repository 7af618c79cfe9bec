// What is looked at, in the order of the table's rows.

import { binary } from "./binary.mjs";
import { channels } from "./channels.mjs";
import { connections } from "./connection.mjs";
import { longPoll } from "./longpoll.mjs";
import { presence } from "./presence.mjs";

export const capabilities = [...channels, ...connections, ...presence, ...binary, ...longPoll];
