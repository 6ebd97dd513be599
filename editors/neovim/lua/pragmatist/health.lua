-- :checkhealth pragmatist
local M = {}

local report = vim.health or require("health") -- Neovim 0.7 has it as a module alone
local start = report.start or report.report_start -- the short names came with 0.10
local ok = report.ok or report.report_ok
local info = report.info or report.report_info
local warn = report.warn or report.report_warn
local fail = report.error or report.report_error

--- The command that prints the version: the one that serves, with another end; nil where it cannot be made out.
local function asking_version(cmd)
  local asking = {}
  for _, word in ipairs(cmd) do
    if word == "serve" then
      return vim.list_extend(asking, { "--version" })
    end
    table.insert(asking, word)
  end
end

local function check_server(cmd)
  start("pragmatist: the server")
  if type(cmd) ~= "table" or vim.fn.executable(cmd[1] or "") ~= 1 then
    fail("not found: " .. vim.inspect(cmd), {
      "Install Pragmatist, so that `pragmatist --version` works in the shell that starts Neovim,",
      'or say where it is: require("pragmatist").setup({ cmd = { "/path/to/pragmatist", "serve" } })',
    })
    return
  end
  local asking = asking_version(cmd)
  if not asking then
    warn("found, but its command has no `serve`, so its version was not asked for: " .. table.concat(cmd, " "))
    return
  end
  local said = vim.trim(vim.fn.system(asking))
  if vim.v.shell_error ~= 0 then
    fail("found, but does not run: " .. said, { "Run it in a shell: " .. table.concat(asking, " ") })
    return
  end
  ok(said .. ", at " .. vim.fn.exepath(cmd[1]))
  info("`pragmatist doctor` tells which of the tools that verifying needs are here")
end

local function check_neovim()
  start("pragmatist: this Neovim")
  local version = vim.version()
  local name = ("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch)
  if vim.fn.has("nvim-0.7") ~= 1 then
    fail(name .. " is too old", { "Install Neovim 0.7 or newer." })
    return
  end
  ok(name .. ": diagnostics, hover, code actions")
  local able = require("pragmatist.showing").able()
  if able.code_lens then
    ok("code lenses")
  else
    info("no code lenses")
  end
  if able.inlay_hints then
    ok("inlay hints")
  else
    info("no inlay hints, which need Neovim 0.10; hover says the same")
  end
end

local function buffers_of(client)
  if client.attached_buffers then
    return vim.tbl_keys(client.attached_buffers)
  end
  return vim.lsp.get_buffers_by_client_id(client.id)
end

local function check_clients(is_set_up)
  start("pragmatist: what is running")
  if not is_set_up then
    warn("setup has not been called", { 'Call require("pragmatist").setup() in your init.lua.' })
  end
  local attached = false
  for _, client in ipairs((vim.lsp.get_clients or vim.lsp.get_active_clients)()) do
    if client.name == "pragmatist" then
      attached = true
      ok(("client %d, attached to %d buffer(s), root %s"):format(
        client.id, #buffers_of(client), client.config.root_dir or "none"
      ))
    end
  end
  if not attached then
    warn("no client is attached", {
      "Open a C or C++ file; `:set filetype?` must say c or cpp.",
      "See also the log: `:lua print(vim.lsp.get_log_path())`",
    })
  end
end

function M.check()
  local options, is_set_up = require("pragmatist").state()
  check_server(options.cmd)
  check_neovim()
  check_clients(is_set_up)
end

return M
