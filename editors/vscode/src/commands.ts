/** What the commands of package.json do. Those that the server knows too have its names, and hand on what it gave them. */
import * as vscode from "vscode";
import { ExecuteCommandRequest, type Range, ResponseError } from "vscode-languageclient/node";
import type { Connection } from "./client.ts";
import type { Report, ReportPanel } from "./report.ts";
import { SECTION } from "./settings.ts";

const WALKTHROUGH = "pragmatist.pragmatist#start"; // publisher, name and its id in package.json

type Handler = (...given: unknown[]) => Promise<unknown>;

export function commandHandlers(
  connection: () => Connection,
  reports: ReportPanel,
  log: vscode.LogOutputChannel,
): Map<string, Handler> {
  return new Map<string, Handler>([
    ["pragmatist.parallelise", (...given) => parallelise(connection(), given)],
    ["pragmatist.verifyFile", (...given) => ask(connection(), "pragmatist.verifyFile", orActiveFile(given))],
    ["pragmatist.explainLoop", (...given) => explainLoop(connection(), given)],
    ["pragmatist.showReport", (...given) => showReport(connection(), reports, given)],
    ["pragmatist.restartWorkers", () => ask(connection(), "pragmatist.restartWorkers", [])],
    ["pragmatist.restartServer", () => connection().restart()],
    ["pragmatist.showLogs", async () => log.show(true)],
    ["pragmatist.openWalkthrough", openWalkthrough],
  ]);
}

/** From the server's own actions and lenses with arguments, which it reads; from a person without: the loop at the cursor. */
async function parallelise(connection: Connection, given: unknown[]): Promise<unknown> {
  if (given.length > 0) {
    return ask(connection, "pragmatist.parallelise", given);
  }
  return vscode.commands.executeCommand("editor.action.codeAction", {
    kind: `refactor.rewrite.${SECTION}.parallelise`,
    apply: "first",
  });
}

/** Called by a program with a place, it hands on the server's answer; by a person without, it shows it at the loop. */
async function explainLoop(connection: Connection, given: unknown[]): Promise<unknown> {
  const editor = vscode.window.activeTextEditor;
  if (given.length > 0 || editor === undefined) {
    return ask(connection, "pragmatist.explainLoop", given);
  }
  const loop = { ...cursorOf(editor), show: false };
  const answer = (await ask(connection, "pragmatist.explainLoop", [loop], tell)) as { range: Range } | undefined;
  if (answer !== undefined && vscode.window.activeTextEditor === editor) {
    const header = new vscode.Position(answer.range.start.line, answer.range.start.character);
    editor.selection = new vscode.Selection(header, header);
    editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    await vscode.commands.executeCommand("editor.action.showHover");
  }
  return answer;
}

/** The place is that of a lens, or the cursor. */
async function showReport(connection: Connection, reports: ReportPanel, given: unknown[]): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const place = given[0] ?? (editor && cursorOf(editor));
  if (place !== undefined) {
    const loop = { ...(place as Place), show: false };
    const report = (await ask(connection, "pragmatist.showReport", [loop], tell)) as Report | undefined;
    if (report !== undefined) {
      reports.show(report);
    }
  }
}

interface Place {
  uri: string;
  position: { line: number; character: number };
}

function cursorOf(editor: vscode.TextEditor): Place {
  const { line, character } = editor.selection.active;
  return { uri: editor.document.uri.toString(), position: { line, character } };
}

function tell(message: string): void {
  void vscode.window.showWarningMessage(message);
}

function orActiveFile(given: unknown[]): unknown[] {
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  return given.length > 0 || uri === undefined ? given : [{ uri }];
}

/** Has the server execute a command; undefined where it refused. Most refusals it tells the person itself: else `tell`. */
async function ask(
  connection: Connection,
  command: string,
  given: unknown[],
  tell?: (message: string) => void,
): Promise<unknown> {
  const client = connection.running;
  if (client === undefined) {
    void vscode.window.showWarningMessage("Pragmatist's server is not running.");
    return undefined;
  }
  try {
    return await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: given });
  } catch (error) {
    if (!(error instanceof ResponseError)) {
      throw error;
    }
    connection.log.warn(`${command}: ${error.message}`);
    tell?.(error.message);
    return undefined;
  }
}

async function openWalkthrough(): Promise<unknown> {
  return vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH);
}
