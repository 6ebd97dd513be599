/** What the server is told: the settings of package.json that are its own, and whether the person trusts the workspace. */
import * as vscode from "vscode";

export const SECTION = "pragmatist";

/** Settings that only this side of the connection uses. */
const OF_THE_CLIENT = ["pragmatist.server.path", "pragmatist.trace.server"];

/** Of package.json: names with their section. */
export function serverSettingNames(packageJson: unknown): string[] {
  return Object.keys(properties(packageJson)).filter((name) => !OF_THE_CLIENT.includes(name));
}

/** Those that the server takes only when it starts, since they may not come from a workspace. It asks for the others. */
export function startSettingNames(packageJson: unknown): string[] {
  return Object.entries(properties(packageJson))
    .filter(([, { scope }]) => scope.startsWith("machine"))
    .map(([name]) => name);
}

function properties(packageJson: unknown): Record<string, { scope: string }> {
  type Manifest = { contributes: { configuration: { properties: Record<string, { scope: string }> } } };
  return (packageJson as Manifest).contributes.configuration.properties;
}

/**
 * The server's options when it starts; it asks for what changes later. `trusted` is VS Code's own answer and never a setting: a file in the workspace, such as
 * `.vscode/settings.json`, could say anything.
 */
export function serverOptions(names: readonly string[]): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const options: Record<string, unknown> = {};
  for (const name of names) {
    options[name.slice(SECTION.length + 1)] = configuration.get(name);
  }
  return { ...options, status: true, trusted: vscode.workspace.isTrusted };
}
