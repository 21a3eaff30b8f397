// A station made with ocpp-rpc, strict both ways: lines of JSON tell it what to do, and what happened to it.
"use strict";
const { createInterface } = require("node:readline");
const { RPCClient, createRPCError } = require("ocpp-rpc");

const [endpoint, identity] = process.argv.slice(2);
const answers = new Map();
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const station = new RPCClient({
    endpoint,
    identity,
    protocols: ["ocpp1.6"],
    strictMode: true,
    reconnect: false,
    maxBadMessages: 1,
});
station.on("strictValidationFailure", ({ message, error }) => tell({ violation: [message, String(error)] }));
station.on("badMessage", ({ buffer, error }) => tell({ violation: [String(buffer), String(error)] }));
station.on("close", ({ code }) => tell({ closed: code }));
station.handle(({ method, params }) => {
    tell({ asked: method, params });
    if (!answers.has(method)) throw createRPCError("NotImplemented");
    return answers.get(method);
});

const todo = {
    answer: ({ method, params }) => answers.set(method, params),
    call: async ({ id, method, params }) => {
        try {
            tell({ id, result: await station.call(method, params) });
        } catch (error) {
            tell({ id, error: [error.rpcErrorCode ?? error.name, error.message] });
        }
    },
};

async function main() {
    await station.connect();
    tell({ open: station.protocol });
    for await (const line of createInterface({ input: process.stdin })) {
        const told = JSON.parse(line);
        todo[told.todo](told);
    }
    await station.close({ code: 1000 });
}

main();
