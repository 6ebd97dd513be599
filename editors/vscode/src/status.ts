/** The item in the status bar: whether the server runs, what it found, what it is doing, whether it may run programs. */
import * as vscode from "vscode";
import { longCounts, type ServerStatus, shortCounts } from "./verdictCounts.ts";

export type Condition =
  | { kind: "starting" | "stopped" }
  | { kind: "absent" | "failed"; problem: string }
  | { kind: "running"; version: string };

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private condition: Condition = { kind: "stopped" };
  private status: ServerStatus | undefined;
  private readonly watching: vscode.Disposable;

  constructor(private readonly languages: readonly string[]) {
    this.item = vscode.window.createStatusBarItem("pragmatist.status", vscode.StatusBarAlignment.Right, 100);
    this.item.name = "Pragmatist";
    this.watching = vscode.window.onDidChangeActiveTextEditor(() => this.render());
    this.render();
  }

  dispose(): void {
    this.watching.dispose();
    this.item.dispose();
  }

  show(condition: Condition): void {
    this.condition = condition;
    this.status = undefined;
    this.render();
  }

  update(status: ServerStatus): void {
    this.status = status;
    this.render();
  }

  private render(): void {
    const language = vscode.window.activeTextEditor?.document.languageId;
    const ofInterest = language !== undefined && this.languages.includes(language);
    this.item.text = this.text();
    this.item.tooltip = this.tooltip();
    const bad = this.condition.kind === "absent" || this.condition.kind === "failed";
    this.item.command = bad ? "pragmatist.restartServer" : "pragmatist.showLogs";
    this.item.backgroundColor = bad ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    if (ofInterest) {
      this.item.show();
    } else {
      this.item.hide();
    }
  }

  private text(): string {
    switch (this.condition.kind) {
      case "starting":
        return "$(sync~spin) Pragmatist";
      case "stopped":
        return "$(circle-slash) Pragmatist";
      case "absent":
      case "failed":
        return "$(warning) Pragmatist";
      case "running": {
        const icon = this.status?.busy ? "$(sync~spin)" : "$(split-horizontal)";
        return this.status === undefined ? `${icon} Pragmatist` : `${icon} ${shortCounts(this.status.counts)} parallel`;
      }
    }
  }

  private tooltip(): vscode.MarkdownString {
    const words = new vscode.MarkdownString();
    const say = (line: string) => words.appendText(line).appendMarkdown("\n\n");
    switch (this.condition.kind) {
      case "starting":
        say("Pragmatist's server is starting.");
        break;
      case "stopped":
        say("Pragmatist's server is not running.");
        break;
      case "absent":
      case "failed":
        say(this.condition.problem);
        say("Click to try again.");
        break;
      case "running":
        say(`Pragmatist ${this.condition.version}`);
        if (this.status?.busy) {
          say(this.status.busy);
        }
        if (this.status !== undefined) {
          longCounts(this.status.counts).forEach(say);
        }
        say(
          vscode.workspace.isTrusted
            ? "This workspace is trusted: its programs are compiled and run when you ask for a verification."
            : "This workspace is not trusted: nothing of it is compiled or run.",
        );
        break;
    }
    return words;
  }
}
