-- Code lenses and inlay hints, which a buffer gets where this Neovim can show them.
local M = {}

--- What this Neovim can show, whatever the server and the user say of it.
function M.able()
  return {
    code_lens = vim.lsp.codelens ~= nil,
    inlay_hints = vim.lsp.inlay_hint ~= nil and vim.lsp.inlay_hint.enable ~= nil, -- Neovim 0.10
  }
end

local function show_lenses(client, buffer)
  if vim.lsp.codelens.enable then -- Neovim 0.12 asks for them anew by itself
    vim.lsp.codelens.enable(true, { bufnr = buffer })
    return
  end
  local function refresh()
    if not vim.lsp.get_client_by_id(client.id) or not vim.lsp.buf_is_attached(buffer, client.id) then
      return true -- ends the autocommand: nobody is left to ask
    end
    vim.api.nvim_buf_call(buffer, function() -- up to 0.9 it asks for the current buffer, whatever it is given
      vim.lsp.codelens.refresh({ bufnr = buffer })
    end)
  end
  local group = vim.api.nvim_create_augroup("pragmatist_lenses", { clear = false })
  vim.api.nvim_clear_autocmds({ group = group, buffer = buffer })
  vim.api.nvim_create_autocmd({ "BufEnter", "CursorHold", "InsertLeave", "TextChanged" }, {
    group = group,
    buffer = buffer,
    callback = refresh,
  })
  vim.schedule(function() -- in on_attach itself the buffer does not count as attached yet
    if vim.api.nvim_buf_is_valid(buffer) then
      refresh()
    end
  end)
end

--- Have a buffer show what the options ask for, the server offers and this Neovim can.
function M.show(client, buffer, options)
  local able, offers = M.able(), client.server_capabilities or {}
  if options.code_lens and able.code_lens and offers.codeLensProvider then
    show_lenses(client, buffer)
  end
  if options.inlay_hints and able.inlay_hints and offers.inlayHintProvider then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
end

return M
