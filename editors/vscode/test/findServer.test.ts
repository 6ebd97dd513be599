import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { findServer, type Surroundings } from "../src/findServer.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "find-server-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Makes a program below the root; its path. */
function program(...parts: string[]): string {
  const path = join(root, ...parts);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

function find(given: Partial<Surroundings>): { command?: string; problem?: string } {
  return findServer({ setting: "", folders: [join(root, "ws")], trusted: false, path: "", home: root, ...given });
}

test("the setting comes before everything, with ~ and ${workspaceFolder} filled in", () => {
  const own = program("bin", "my-pragmatist");
  const inWorkspace = program("ws", "tools", "pragmatist");
  program("path", "pragmatist");
  const path = join(root, "path");
  assert.equal(find({ setting: own, path }).command, own);
  assert.equal(find({ setting: "~/bin/my-pragmatist", path }).command, own);
  const setting = "${workspaceFolder}/tools/pragmatist";
  assert.equal(find({ setting, trusted: true, path }).command, inWorkspace);
});

test("a setting that leads nowhere is a problem that names it, and nothing else is started instead", () => {
  program("path", "pragmatist");
  const path = join(root, "path");
  for (const setting of ["/no/such/program", "pragmatist", "./pragmatist", root]) {
    const { command, problem } = find({ setting, trusted: true, path });
    assert.equal(command, undefined);
    assert.match(problem ?? "", /pragmatist\.server\.path/);
    assert.ok(problem?.includes(setting));
  }
});

test("the workspace's environment counts only when the workspace is trusted", () => {
  const inWorkspace = program("ws", ".venv", "bin", "pragmatist");
  const onPath = program("path", "pragmatist");
  const path = join(root, "path");
  assert.equal(find({ trusted: true, path }).command, inWorkspace);
  assert.equal(find({ trusted: false, path }).command, onPath);
  assert.match(find({ trusted: false }).problem ?? "", /once you trust this workspace/);
  const setting = "${workspaceFolder}/.venv/bin/pragmatist";
  assert.match(find({ trusted: false, setting }).problem ?? "", /not trusted/);
});

test("relative parts of the PATH, and files that cannot be run, are passed over", () => {
  program("pragmatist");
  const before = process.cwd();
  process.chdir(root);
  try {
    assert.equal(find({ path: ":.:" }).command, undefined);
  } finally {
    process.chdir(before);
  }
  const first = program("first", "pragmatist");
  chmodSync(first, 0o644);
  mkdirSync(join(root, "second", "pragmatist"), { recursive: true });
  const third = program("third", "pragmatist");
  const path = ["first", "second", "third"].map((name) => join(root, name)).join(":");
  assert.equal(find({ path }).command, third);
});
