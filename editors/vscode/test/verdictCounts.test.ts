import assert from "node:assert/strict";
import { test } from "node:test";
import { longCounts, shortCounts } from "../src/verdictCounts.ts";

const counts = { parallel: 3, candidate: 1, serial: 4, unknown: 0, race: 0 };

test("the short form says how many of all loops, and warns of races", () => {
  assert.equal(shortCounts(counts), "3 of 8");
  assert.equal(shortCounts({ ...counts, race: 2 }), "3 of 8 $(warning) 2");
});

test("the long form has a line for each verdict that occurs, one loop in the singular", () => {
  assert.deepEqual(longCounts(counts), [
    "3 loops can run in parallel",
    "1 loop may, nothing has confirmed it",
    "4 loops must run in order",
  ]);
});
