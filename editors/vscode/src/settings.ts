/** What the server is told: the settings of package.json that are its own, and whether the person trusts the workspace. */
import * as vscode from "vscode";

export const SECTION = "pragmatist";

/** Settings that only this side of the connection uses. */
const OF_THE_CLIENT = ["pragmatist.server.path", "pragmatist.trace.server"];

/** Of package.json: names with their section. */
export function serverSettingNames(packageJson: unknown): string[] {
  const manifest = packageJson as { contributes: { configuration: { properties: Record<string, unknown> } } };
  return Object.keys(manifest.contributes.configuration.properties).filter((name) => !OF_THE_CLIENT.includes(name));
}

/**
 * The server's options. `trusted` is VS Code's own answer and never a setting: a file in the workspace, such as
 * `.vscode/settings.json`, could say anything.
 */
export function serverOptions(names: readonly string[]): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const options: Record<string, unknown> = {};
  for (const name of names) {
    options[name.slice(SECTION.length + 1)] = configuration.get(name);
  }
  return { ...options, trusted: vscode.workspace.isTrusted };
}
