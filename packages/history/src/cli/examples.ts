import type { ModelName } from "../history.ts";

/** A small valid history of each model, with every operation. */
export const examples: Readonly<Record<ModelName, string>> = {
  register: `{"history":1,"model":"register","initial":0}
{"client":"ann","operation":"write","arguments":{"value":1},"call":10,"return":40}
{"client":"bob","operation":"read","call":20,"return":30,"result":{"value":1}}
{"client":"bob","operation":"cas","arguments":{"expected":1,"value":2},"call":50,"return":60,"result":{"swapped":true}}
{"client":"ann","operation":"cas","arguments":{"expected":1,"value":3},"call":55,"return":70,"result":{"swapped":false}}
{"client":"cid","operation":"write","arguments":{"value":4},"call":65,"outcome":"unknown"}
{"client":"ann","operation":"read","call":80,"return":90,"result":{"value":4}}
`,
  mutex: `{"history":1,"model":"mutex"}
{"client":"ann","object":"door","operation":"acquire","call":"10","return":"20","result":{"token":1}}
{"client":"bob","object":"door","operation":"tryAcquire","call":"22","return":"24","result":{"acquired":false}}
{"client":"bob","object":"door","operation":"acquire","call":"25","return":"45","result":{"token":2}}
{"client":"ann","object":"door","operation":"release","arguments":{"token":1},"call":"30","return":"40"}
{"client":"bob","object":"door","operation":"died","call":"50"}
{"client":"ann","object":"door","operation":"acquire","call":"48","return":"60","result":{"token":3}}
`,
  "ticket-pool": `{"history":1,"model":"ticket-pool","capacity":3}
{"id":"ann#1","client":"ann","operation":"sell","arguments":{"order":"o1","buyer":"ann","quantity":2},"call":10}
{"id":"bob#1","client":"bob","operation":"sell","arguments":{"order":"o2","buyer":"bob","quantity":1},"call":15}
{"id":"ann#1","return":20,"result":{"firstSerial":0,"quantity":2}}
{"id":"ann#2","client":"ann","operation":"sell","arguments":{"order":"o1","buyer":"ann","quantity":2},"call":25}
{"id":"ann#2","return":30,"result":{"firstSerial":0,"quantity":2}}
{"id":"ann#3","client":"ann","operation":"sell","arguments":{"order":"o3","buyer":"ann","quantity":1},"call":35}
{"id":"ann#3","return":40,"result":{"soldOut":true}}
{"id":"ann#4","client":"ann","operation":"read","call":45}
{"id":"ann#4","return":50,"result":{"remaining":0}}
`,
};
