-- Starts `pragmatist serve` for C and C++ buffers, one server a project.
--
--   require("pragmatist").setup()                     -- analyse only
--   require("pragmatist").setup({ trusted = true })   -- may also compile and run what you open, to verify it
local M = {}

local options = {
  cmd = { "pragmatist", "serve" },
  filetypes = { "c", "cpp" },
  root_markers = { "compile_commands.json", ".git" },
  -- Whether programs of the workspace may be compiled and run. Never set this from a file of the workspace.
  trusted = false,
  settings = {}, -- the others, by the names of docs/configuration.md
  code_lens = true, -- shown where this Neovim can
  inlay_hints = true,
  on_attach = nil,
}

local is_set_up = false

local clients = {} -- by root directory, where vim.lsp.start does not keep them

local function root_of(path)
  local directory = vim.fn.fnamemodify(path, ":p:h")
  local at = directory
  while true do
    for _, marker in ipairs(options.root_markers) do
      if vim.loop.fs_stat(at .. "/" .. marker) then
        return at
      end
    end
    local above = vim.fn.fnamemodify(at, ":h")
    if above == at then
      return directory
    end
    at = above
  end
end

--- Attach the server to a buffer, starting it if its project has none yet.
function M.attach(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  if path == "" or vim.bo[buffer].buftype ~= "" then
    return
  end
  local root = root_of(path)
  local config = {
    name = "pragmatist",
    cmd = options.cmd,
    root_dir = root,
    init_options = { pragmatist = vim.tbl_extend("force", options.settings, { trusted = options.trusted }) },
    on_attach = function(client, attached)
      require("pragmatist.showing").show(client, attached, options)
      if options.on_attach then
        options.on_attach(client, attached)
      end
    end,
  }
  if vim.lsp.start then -- Neovim 0.8
    vim.api.nvim_buf_call(buffer, function()
      vim.lsp.start(config)
    end)
    return
  end
  local id = clients[root]
  if not id or not vim.lsp.get_client_by_id(id) then
    config.on_exit = function()
      clients[root] = nil
    end
    id = vim.lsp.start_client(config)
    clients[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

--- Attach to every C and C++ buffer from now on, and to those that are open.
function M.setup(given)
  options = vim.tbl_extend("force", options, given or {})
  is_set_up = true
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("pragmatist", { clear = true }),
    pattern = options.filetypes,
    callback = function(event)
      M.attach(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.tbl_contains(options.filetypes, vim.bo[buffer].filetype) then
      M.attach(buffer)
    end
  end
end

--- The options, and whether setup was called: for :checkhealth.
function M.state()
  return options, is_set_up
end

return M
