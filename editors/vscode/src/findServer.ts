/**
 * Where the server is. No `vscode` here: a function of its arguments and the files, which tests call as it is.
 *
 * A workspace that is not trusted must not choose what is started. So its `.venv` counts only when it is trusted, and a
 * relative path never does, in the setting or on the PATH: it would lead into whatever folder is open.
 */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

export interface Surroundings {
  /** `pragmatist.server.path`, empty where it is not set. */
  setting: string;
  /** The workspace's folders. */
  folders: readonly string[];
  trusted: boolean;
  /** The environment variable PATH. */
  path: string;
  home: string;
}

export type Search = { command: string; source: string } | { problem: string };

const ENVIRONMENTS = [".venv", "venv"];

/** The program to start and what named it, or what to tell the person. */
export function findServer(surroundings: Surroundings): Search {
  return surroundings.setting.trim() ? fromSetting(surroundings) : fromPlaces(surroundings);
}

function fromSetting({ setting, folders, trusted, home }: Surroundings): Search {
  const given = setting.trim();
  const says = `The setting pragmatist.server.path is "${given}"`;
  let command = given;
  if (given.startsWith("~/")) {
    command = join(home, given.slice(2));
  } else if (given.startsWith("${workspaceFolder}/")) {
    if (!trusted) {
      return { problem: `${says}, a place in the workspace, and the workspace is not trusted.` };
    }
    const candidates = folders.map((folder) => join(folder, given.slice("${workspaceFolder}/".length)));
    command = candidates.find(isProgram) ?? candidates[0] ?? given;
  }
  if (!isAbsolute(command)) {
    return { problem: `${says}; it must be an absolute path, or begin with ~/ or \${workspaceFolder}/.` };
  }
  if (!isProgram(command)) {
    return { problem: `${says}, and ${command} is no program that can be run.` };
  }
  return { command, source: "the setting pragmatist.server.path" };
}

function fromPlaces({ folders, trusted, path }: Surroundings): Search {
  const inWorkspace = folders
    .flatMap((folder) => ENVIRONMENTS.map((environment) => join(folder, environment, "bin", "pragmatist")))
    .find(isProgram);
  if (inWorkspace !== undefined && trusted) {
    return { command: inWorkspace, source: "the workspace's virtual environment" };
  }
  const onPath = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, "pragmatist"))
    .find(isProgram);
  if (onPath !== undefined) {
    return { command: onPath, source: "the PATH" };
  }
  const left =
    inWorkspace === undefined
      ? "No folder of the workspace has it in .venv or venv."
      : `${inWorkspace} is there, and will be used once you trust this workspace.`;
  return { problem: `The program pragmatist, which judges loops, was not found on the PATH. ${left}` };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
