// What the tests ask of VS Code from inside, as another extension would: JSON lines on the socket that they name.
const fs = require("node:fs");
const net = require("node:net");
const readline = require("node:readline");
const vscode = require("vscode");

const SOURCE = "pragmatist";
const EXTENSION = "pragmatist.pragmatist";

exports.activate = (context) => {
  const server = net.createServer((socket) => {
    readline.createInterface({ input: socket }).on("line", async (line) => {
      const { method, params } = JSON.parse(line);
      let answer;
      try {
        answer = { result: (await methods[method](...params)) ?? null };
      } catch (error) {
        answer = { error: String(error?.stack ?? error) };
      }
      socket.write(JSON.stringify(answer) + "\n");
    });
  });
  const path = process.env.PRAGMATIST_PROBE;
  server.listen(path + ".new", () => fs.renameSync(path + ".new", path)); // there only once it listens
  context.subscriptions.push({ dispose: () => server.close() });
};

const methods = {
  async about() {
    const extension = vscode.extensions.getExtension(EXTENSION);
    return { active: extension?.isActive, trusted: vscode.workspace.isTrusted, version: vscode.version };
  },

  async open(path) {
    const document = await vscode.workspace.openTextDocument(path);
    await vscode.window.showTextDocument(document, { preview: false });
    return document.languageId;
  },

  async moveTo(line, character) {
    const editor = vscode.window.activeTextEditor;
    const position = new vscode.Position(line, character);
    editor.selection = new vscode.Selection(position, position);
    editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  },

  async text(path) {
    return document(path).getText();
  },

  async replace(path, line, from, to, text) {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(vscode.Uri.file(path), new vscode.Range(line, from, line, to), text);
    return vscode.workspace.applyEdit(edit);
  },

  async rename(from, to) {
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(vscode.Uri.file(from), vscode.Uri.file(to));
    return vscode.workspace.applyEdit(edit);
  },

  async save(path) {
    return document(path).save();
  },

  // The text of the next version after `version`, which may be there already.
  async textAfter(path, version) {
    if (document(path).version <= version) {
      await once(vscode.workspace.onDidChangeTextDocument, () => document(path).version > version);
    }
    return document(path).getText();
  },

  async version(path) {
    return document(path).version;
  },

  // Our diagnostics, once there are `count` of them, or any where no number is given.
  async diagnostics(path, count) {
    const ours = () => vscode.languages.getDiagnostics(vscode.Uri.file(path)).filter((d) => d.source === SOURCE);
    const enough = () => (count === undefined ? ours().length > 0 : ours().length === count);
    if (!enough()) {
      await once(vscode.languages.onDidChangeDiagnostics, enough);
    }
    return ours().map((d) => ({
      line: d.range.start.line,
      severity: vscode.DiagnosticSeverity[d.severity],
      code: typeof d.code === "object" ? d.code.value : d.code,
      page: typeof d.code === "object" ? d.code.target.toString() : null,
      message: d.message,
      related: (d.relatedInformation ?? []).map((i) => ({ line: i.location.range.start.line, message: i.message })),
    }));
  },

  async hover(path, line, character) {
    const hovers = await vscode.commands.executeCommand(
      "vscode.executeHoverProvider", vscode.Uri.file(path), new vscode.Position(line, character),
    );
    return hovers.flatMap((hover) => hover.contents.map((content) => content.value ?? content)).join("\n\n");
  },

  async actions(path, line) {
    const range = new vscode.Range(line, 0, line, 1000);
    const found = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", vscode.Uri.file(path), range);
    return found.map((action) => action.title);
  },

  async lenses(path) {
    const found = await vscode.commands.executeCommand("vscode.executeCodeLensProvider", vscode.Uri.file(path), 100);
    return found.map((lens) => ({ line: lens.range.start.line, title: lens.command?.title }));
  },

  async hints(path) {
    const all = new vscode.Range(0, 0, 100000, 0);
    const found = await vscode.commands.executeCommand("vscode.executeInlayHintProvider", vscode.Uri.file(path), all);
    const words = (label) => (typeof label === "string" ? label : label.map((part) => part.value).join(""));
    return found.map((hint) => ({ line: hint.position.line, label: words(hint.label) }));
  },

  async cursor() {
    const { line, character } = vscode.window.activeTextEditor.selection.active;
    return [line, character];
  },

  async command(name, ...given) {
    await vscode.commands.executeCommand(name, ...given);
  },

  // Does not wait for what the command waits for, such as a person.
  async begin(name, ...given) {
    vscode.commands.executeCommand(name, ...given);
  },

  async commands() {
    return (await vscode.commands.getCommands(true)).filter((name) => name.startsWith(`${SOURCE}.`));
  },

  async configure(name, value) {
    await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
  },
};

function document(path) {
  const found = vscode.workspace.textDocuments.find((open) => open.uri.fsPath === path);
  if (!found) {
    throw new Error(`${path} is not open`);
  }
  return found;
}

// Resolves at the first event after which the condition holds.
function once(event, holds) {
  return new Promise((resolve) => {
    const listener = event(() => {
      if (holds()) {
        listener.dispose();
        resolve();
      }
    });
  });
}
