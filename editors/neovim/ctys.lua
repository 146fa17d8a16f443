-- ctys-ls in Neovim 0.7 or newer: `luafile` it from init.vim, or `dofile` it from init.lua.
--
-- Files that are Xen domain files or ctys command lines get their filetype and the server. A command line is run, planned
-- or explained by :CtysRun, :CtysPlan and :CtysExplain; without an argument they take the line under the cursor. What comes
-- back is shown by the server itself (window/showMessage), so nothing else is needed here.
--
-- vim.g.ctys_server = { 'ctys-ls' } names another program; vim.g.ctys_settings = { readOnly = true } sends settings.

local group = vim.api.nvim_create_augroup('ctys', {})

local types = {
  xenconf = { '*/xen/*.conf', '*/xen/*.cfg', '*/xen/auto/*', '*.xl.cfg', '*.xl.conf' },
  ctys = { '*.ctys', '*/.ctys/macros/*', '*/.ctys/groups/*' },
}
for filetype, patterns in pairs(types) do
  vim.api.nvim_create_autocmd({ 'BufNewFile', 'BufRead' }, {
    group = group,
    pattern = patterns,
    callback = function()
      vim.bo.filetype = filetype
    end,
  })
end

local function root(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  local found = vim.fn.finddir('.git', vim.fn.fnamemodify(path, ':p:h') .. ';')
  return found ~= '' and vim.fn.fnamemodify(found, ':p:h:h') or vim.fn.fnamemodify(path, ':p:h')
end

local clients = {} -- root folder to client id, where Neovim itself keeps no such table (before 0.8)

local function start(buffer)
  local folder = root(buffer)
  local config = {
    name = 'ctys-ls',
    cmd = vim.g.ctys_server or { 'ctys-ls' },
    root_dir = folder,
    workspace_folders = { { uri = vim.uri_from_fname(folder), name = folder } },
    init_options = vim.g.ctys_settings or vim.empty_dict(),
    settings = { ctys = vim.g.ctys_settings or vim.empty_dict() },
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
    return
  end
  local id = clients[folder]
  if not (id and vim.lsp.get_client_by_id(id)) then
    id = vim.lsp.start_client(config)
    clients[folder] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = { 'xenconf', 'ctys', 'sh', 'markdown', 'org' },
  callback = function(event)
    vim.bo[event.buf].commentstring = vim.bo[event.buf].commentstring ~= '' and vim.bo[event.buf].commentstring or '# %s'
    start(event.buf)
  end,
})

-- :CtysRun, :CtysPlan, :CtysExplain
local function command(name, server_command, arguments)
  vim.api.nvim_create_user_command(name, function(given)
    local line = given.args ~= '' and given.args or vim.trim(vim.api.nvim_get_current_line())
    local argument = vim.tbl_extend('force', { v = 1, commandLine = line, show = true }, arguments or {})
    vim.lsp.buf_request(0, 'workspace/executeCommand', { command = server_command, arguments = { argument } }, function(err)
      if err then
        vim.notify(err.message, vim.log.levels.ERROR)
      end
    end)
  end, { nargs = '*', desc = 'ctys: ' .. server_command })
end

command('CtysRun', 'ctys.run')
command('CtysPlan', 'ctys.plan')
command('CtysExplain', 'ctys.explain')
