/**
 * The first server is started here, when VS Code loads the extension: that is as soon as a file in C or C++ is opened.
 * `activate` comes a third of a second later, when the window has drawn the file and has time to answer what VS Code asks
 * it first, and loading the library that speaks to the server takes a while as well. So this must be the first import.
 */
import { EarlyServer } from "./launch.ts";

export const early = new EarlyServer();
