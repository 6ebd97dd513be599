/** Starting the server's process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { dirname } from "node:path";
import * as vscode from "vscode";
import { findServer, type Search } from "./findServer.ts";
import { SECTION } from "./settings.ts";

const END_MS = 5000; // its pipes close a little before it is gone

/** The server for this window as it is now. */
export function searchServer(): Search {
  return findServer({
    setting: vscode.workspace.getConfiguration(SECTION).get("server.path", ""),
    folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    trusted: vscode.workspace.isTrusted,
    path: process.env.PATH ?? "",
    home: homedir(),
  });
}

/** Its process, with pipes. Rejects with what the system says where it cannot be started. */
export async function launch(command: string): Promise<ChildProcess> {
  // Not in the workspace: Python would take modules from there if PYTHONPATH has an empty part.
  const server = spawn(command, ["serve"], { cwd: dirname(__dirname) });
  await once(server, "spawn");
  server.on("error", () => undefined); // what cannot be killed is gone; without a listener it would be thrown
  return server;
}

/** Why a process that does not answer has ended, if it has. */
export async function howItEnded(server: ChildProcess | undefined): Promise<string | undefined> {
  if (server === undefined) {
    return undefined;
  }
  if (server.exitCode === null && server.signalCode === null) {
    await Promise.race([once(server, "exit"), new Promise((resolve) => setTimeout(resolve, END_MS))]);
  }
  if (server.exitCode !== null) {
    return `it ended with exit code ${server.exitCode}. The log has what it said.`;
  }
  return server.signalCode === null ? undefined : `it was ended by ${server.signalCode}.`;
}

/** A server that was started before anybody asked for it. */
export class EarlyServer {
  private launched: { command: string; server: Promise<ChildProcess> } | undefined;

  constructor() {
    const search = searchServer();
    if ("command" in search) {
      this.launched = { command: search.command, server: launch(search.command) };
      this.launched.server.catch(() => undefined); // whoever takes it hears of it
    }
  }

  /** The process, once, if it is still the right one and lives. */
  async take(command: string): Promise<ChildProcess | undefined> {
    const launched = this.launched;
    this.launched = undefined;
    const server = await launched?.server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) {
      return undefined;
    }
    if (launched?.command !== command) {
      server.kill();
      return undefined;
    }
    return server;
  }
}
