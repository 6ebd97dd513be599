-- Opens a file in a real Neovim and writes down what it shows: lenses, :checkhealth, :help.
-- PRAGMATIST_TEST: JSON with "source", "setup", "opens" (whether to set up and open it), "plugin", "out", and
-- "newer" (whether a stand-in notes the calls of the inlay hints' switch, as Neovim 0.10 has it).
local test = vim.fn.json_decode(vim.env.PRAGMATIST_TEST)
local seen = { lenses = {}, hints = {} }

if test.newer then
  vim.lsp.inlay_hint = {
    enable = function(on, filter)
      table.insert(seen.hints, { on, filter.bufnr })
    end,
  }
end
vim.cmd("filetype on")
if test.opens then
  require("pragmatist").setup(test.setup)
  vim.cmd("edit " .. vim.fn.fnameescape(test.source))
  seen.buffer = vim.api.nvim_get_current_buf()
  vim.wait(60000, function()
    local lenses = vim.lsp.codelens.get(0)
    return #lenses > 0 and #vim.tbl_filter(function(lens) return lens.command == nil end, lenses) == 0
  end, 20)
  for _, lens in ipairs(vim.lsp.codelens.get(0)) do
    table.insert(seen.lenses, { lens.range.start.line + 1, lens.command and lens.command.title })
  end
end
vim.cmd("checkhealth pragmatist")
seen.health = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
vim.cmd("helptags " .. vim.fn.fnameescape(test.plugin .. "/doc"))
vim.cmd("help pragmatist")
seen.help = vim.fn.expand("%:t")
local file = assert(io.open(test.out, "w"))
file:write(vim.fn.json_encode(seen))
file:close()
vim.cmd("qall!")
