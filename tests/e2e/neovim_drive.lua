-- Drives a real Neovim as a person would: opens a file, reads diagnostics and hover, picks a code action, saves.
-- PRAGMATIST_TEST: JSON with "source", "line" (1-based, of a loop), "title" (of the action to pick), "setup", "out".
local test = vim.fn.json_decode(vim.env.PRAGMATIST_TEST)
local seen = { messages = {} }

local function finish()
  local file = assert(io.open(test.out, "w"))
  file:write(vim.fn.json_encode(seen))
  file:close()
  vim.cmd("qall!")
end

local function await(what, condition)
  if not vim.wait(60000, condition, 20) then
    seen.failed = "waited in vain for " .. what
    finish()
  end
end

vim.notify = function(message)
  table.insert(seen.messages, message)
end
vim.lsp.handlers["window/showMessage"] = function(_, result)
  table.insert(seen.messages, result.message)
end

vim.cmd("filetype on")
require("pragmatist").setup(test.setup)
vim.cmd("edit " .. vim.fn.fnameescape(test.source))

await("diagnostics", function()
  return #vim.diagnostic.get(0) > 0
end)
seen.diagnostics = {}
for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
  table.insert(seen.diagnostics, {
    line = diagnostic.lnum + 1,
    severity = diagnostic.severity,
    message = diagnostic.message,
    source = diagnostic.source,
  })
end

vim.api.nvim_win_set_cursor(0, { test.line, vim.fn.match(vim.fn.getline(test.line), "\\S") })
local position = vim.lsp.util.make_position_params(0, "utf-16")
for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/hover", position, 60000) or {}) do
  seen.hover = answer.result and answer.result.contents.value
end

-- The person's choice in the menu that vim.lsp.buf.code_action opens.
vim.ui.select = function(items, choices, choose)
  seen.actions = vim.tbl_map(choices.format_item, items)
  for index, title in ipairs(seen.actions) do
    if title == test.title then
      return choose(items[index], index)
    end
  end
  choose(nil)
end
local before = vim.api.nvim_buf_get_changedtick(0)
vim.lsp.buf.code_action()
await("the edit", function()
  return vim.api.nvim_buf_get_changedtick(0) > before or #seen.messages > 0
end)
vim.cmd("write")
finish()
