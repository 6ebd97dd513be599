/**
 * The report on a loop, beside the text. The page holds all that it shows; here it may run no script, open no form and
 * load no file, whatever is in it, and its own content-security policy allows its own style alone.
 */
import * as vscode from "vscode";

export interface Report {
  html: string;
  title: string;
}

export class ReportPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;

  /** One panel for all reports, left where the person has put it. */
  show(report: Report): void {
    if (this.panel === undefined) {
      this.panel = vscode.window.createWebviewPanel(
        "pragmatist.report",
        report.title,
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { enableScripts: false, enableForms: false, enableCommandUris: false, localResourceRoots: [], enableFindWidget: true },
      );
      this.panel.onDidDispose(() => {
        this.panel = undefined;
      });
    }
    this.panel.title = report.title;
    this.panel.webview.html = report.html;
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    this.panel?.dispose();
  }
}
