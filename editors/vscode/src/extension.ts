/** The way in: puts the parts together, and starts the server again when what it depends on changes. */
import { early } from "./early.ts"; // first
import * as vscode from "vscode";
import { Connection, LANGUAGES } from "./client.ts";
import { commandHandlers } from "./commands.ts";
import { ReportPanel } from "./report.ts";
import { startSettingNames } from "./settings.ts";
import { StatusItem } from "./status.ts";

let connection: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("Pragmatist", { log: true });
  const status = new StatusItem(LANGUAGES);
  const restarting = startSettingNames(context.extension.packageJSON);
  const reports = new ReportPanel();
  const handlers = commandHandlers(() => made, reports, log);
  const made = new Connection(context, log, status, new Set(handlers.keys()), early, complain);
  connection = made;
  context.subscriptions.push(
    log,
    status,
    reports,
    ...[...handlers].map(([name, handler]) => vscode.commands.registerCommand(name, handler)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => made.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (restarting.some((name) => change.affectsConfiguration(name))) {
        void made.restart();
      }
    }),
  );
  await made.restart();
}

export function deactivate(): Promise<void> | undefined {
  return connection?.stop();
}

/** Not awaited: the message stays until the person answers it. */
function complain(problem: string): void {
  const choices: Record<string, () => Thenable<unknown>> = {
    "Set its path": () => vscode.commands.executeCommand("workbench.action.openSettings", "pragmatist.server.path"),
    "How to install it": () => vscode.commands.executeCommand("pragmatist.openWalkthrough"),
    "Try again": () => vscode.commands.executeCommand("pragmatist.restartServer"),
  };
  void vscode.window
    .showErrorMessage(problem, ...Object.keys(choices))
    .then((choice) => (choice === undefined ? undefined : choices[choice]?.()));
}
