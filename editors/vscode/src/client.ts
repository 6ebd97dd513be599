/** The server's process and the connection to it: found, started, started again when it crashed. */
import type { ChildProcess } from "node:child_process";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  type ErrorHandler,
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";
import { type EarlyServer, howItEnded, launch, searchServer } from "./launch.ts";
import { SECTION, serverOptions, serverSettingNames } from "./settings.ts";
import type { StatusItem } from "./status.ts";
import type { ServerStatus } from "./verdictCounts.ts";

export const LANGUAGES = ["c", "cpp"];
const RESTARTS = 4; // in three minutes

/** Says what keeps the server from running, and offers ways out. */
export type Complain = (problem: string) => void;

export class Connection implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private process: ChildProcess | undefined;
  private ready = false;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
    private readonly status: StatusItem,
    private readonly ownCommands: ReadonlySet<string>,
    private readonly early: EarlyServer,
    private readonly complain: Complain,
  ) {}

  /** The running client, if there is one. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  /** Starts the server anew. One start or stop at a time: they are wished for by several events. */
  restart(): Promise<void> {
    return this.afterwards(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.afterwards(() => this.end());
  }

  dispose(): void {
    void this.stop();
  }

  private afterwards(step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step, step);
    return this.turn;
  }

  private async begin(): Promise<void> {
    const search = searchServer();
    if ("problem" in search) {
      this.log.error(search.problem);
      this.status.show({ kind: "absent", problem: search.problem });
      this.complain(search.problem);
      return;
    }
    this.log.info(`starting ${search.command}, from ${search.source}`);
    this.client = this.make(search.command);
    this.process = undefined;
    this.ready = false;
    try {
      await this.client.start();
      this.ready = true;
      this.log.info("the server is ready");
    } catch (error) {
      const problem = `Pragmatist's server, ${search.command}, did not start: ${(await howItEnded(this.process)) ?? String(error)}`;
      this.client = undefined;
      this.log.error(problem);
      this.status.show({ kind: "failed", problem });
      this.complain(problem);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) {
      await client.dispose().catch((error: unknown) => this.log.warn(`the server did not stop: ${String(error)}`));
    }
    this.status.show({ kind: "stopped" });
  }

  private make(command: string): LanguageClient {
    const names = serverSettingNames(this.context.extension.packageJSON);
    const server = async () => {
      this.process = (await this.early.take(command)) ?? (await launch(command));
      return { process: this.process, detached: false };
    };
    const client: LanguageClient = new LanguageClient(SECTION, "Pragmatist", server, {
      documentSelector: LANGUAGES.flatMap((language) => [
        { scheme: "file", language },
        { scheme: "untitled", language },
      ]),
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ [SECTION]: { ...serverOptions(names), status: true } }),
      initializationFailedHandler: () => false,
      errorHandler: this.restarting(() => client),
    });
    keepCommands(client, this.ownCommands);
    client.onDidChangeState(({ newState }) => this.changed(client, newState));
    client.onNotification("pragmatist/status", (status: ServerStatus) => this.status.update(status));
    return client;
  }

  /** A server that ran is started again when it dies. One that never did is not: `begin` says why, once. */
  private restarting(client: () => LanguageClient): ErrorHandler {
    let usual: ErrorHandler | undefined;
    const afterwards = () => (usual ??= client().createDefaultErrorHandler(RESTARTS));
    return {
      error: (...given) =>
        this.ready ? afterwards().error(...given) : { action: ErrorAction.Continue, handled: true },
      closed: () => (this.ready ? afterwards().closed() : { action: CloseAction.DoNotRestart, handled: true }),
    };
  }

  private changed(client: LanguageClient, state: State): void {
    if (client !== this.client) {
      return;
    }
    const running = state === State.Running;
    void vscode.commands.executeCommand("setContext", "pragmatist.running", running);
    if (running) {
      this.status.show({ kind: "running", version: client.initializeResult?.serverInfo?.version ?? "" });
    } else if (state === State.Starting) {
      this.status.show({ kind: "starting" });
    } else {
      this.status.show({ kind: "stopped" });
    }
  }
}

/**
 * The library registers each command that the server has, and fails where one is registered already. Ours are, so that
 * they are there before the server is, and can be called from the palette, without arguments.
 */
function keepCommands(client: LanguageClient, own: ReadonlySet<string>): void {
  const feature = client.getFeature(ExecuteCommandRequest.method);
  const register = feature.register.bind(feature);
  feature.register = (data) => {
    const commands = data.registerOptions.commands.filter((command) => !own.has(command));
    register({ ...data, registerOptions: { ...data.registerOptions, commands } });
  };
}
