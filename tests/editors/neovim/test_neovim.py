"""The real Neovim with the configuration of editors/neovim: diagnostics, completion, a fix, a plan."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from needs import need_program

CONFIGURATION = Path(__file__).parents[3] / "editors" / "neovim" / "ctys.lua"
pytestmark = pytest.mark.editors

# Each step waits for what it needs, at most 20 s, and says what it saw; the test judges it.
STEPS = """
local seen = {}
local function finish(why)
  seen.failure = why
  vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.SEEN)
  vim.cmd('qall!')
end
local function wait(what, condition)
  if not vim.wait(20000, condition, 20) then
    finish('waited in vain for ' .. what)
  end
end
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  local _, answer = next(answers)
  return answer and answer.result
end

seen.filetype = vim.bo.filetype
wait('diagnostics', function() return #vim.diagnostic.get(0) > 0 end)
seen.problems = {}
for _, problem in ipairs(vim.diagnostic.get(0)) do
  table.insert(seen.problems, { problem.lnum, problem.code })
end

vim.api.nvim_win_set_cursor(0, { 2, 1 })
local range = vim.lsp.util.make_range_params()
range.context = { diagnostics = {} }
for _, action in ipairs(ask('textDocument/codeAction', range)) do
  if action.kind == 'quickfix' and not seen.fixed then
    action = action.edit and action or ask('codeAction/resolve', action)
    vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
    seen.fixed = vim.api.nvim_buf_get_lines(0, 1, 2, false)[1]
  end
end
wait('the mended file', function() return #vim.diagnostic.get(0) == 0 end)

vim.api.nvim_buf_set_lines(0, -1, -1, false, { 'on_re' })
vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(0), 5 })
local place = vim.lsp.util.make_position_params()
place.position.character = 5
local found = ask('textDocument/completion', place)
seen.labels = {}
for _, item in ipairs(found.items or found) do
  table.insert(seen.labels, item.label)
end

vim.cmd('edit! ' .. vim.env.LINES)
wait('the server in the second file', function() return #vim.lsp.buf_get_clients(0) > 0 end)
seen.second = vim.bo.filetype
vim.notify = function(text)
  seen.notified = text
end
local shown = vim.lsp.handlers['window/showMessage']
vim.lsp.handlers['window/showMessage'] = function(err, result, ...)
  seen.shown = result.message
  return shown(err, result, ...)
end
vim.cmd('CtysPlan')
wait('the plan', function() return seen.shown ~= nil end)
finish(nil)
"""


@pytest.fixture
def seen(tmp_path):
    """What a Neovim user sees of a faulty domain file and of a command line."""
    nvim = need_program("nvim", "neovim")
    conf = tmp_path / "xen" / "tst100.conf"
    conf.parent.mkdir()
    conf.write_text('name = "tst100"\nmemroy = 256\nkernel = "/boot/vmlinuz"\n')
    lines = tmp_path / "day.ctys"
    lines.write_text("ctys -t xen -a cancel=l:tst100,POWEROFF:5 lab00\n")
    steps = tmp_path / "steps.lua"
    steps.write_text(STEPS)
    init = tmp_path / "init.lua"
    server = ", ".join(json.dumps(word) for word in (sys.executable, "-m", "ctys_ls"))
    init.write_text(f"vim.g.ctys_server = {{ {server} }}\ndofile({json.dumps(str(CONFIGURATION))})\n")
    home = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    done = subprocess.run(
        [nvim, "--headless", "-u", str(init), str(conf), "-c", f"luafile {steps}"],
        env={
            **os.environ,
            **home,
            "HOME": str(tmp_path),
            "SEEN": str(tmp_path / "seen"),
            "LINES": str(lines),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=100,
        check=False,
    )
    assert (tmp_path / "seen").exists(), done.stderr
    answer = json.loads((tmp_path / "seen").read_text())
    assert "failure" not in answer, answer
    return answer


def test_a_domain_file_is_known_judged_completed_and_mended(seen):
    assert seen["filetype"] == "xenconf"
    assert [1, "xenconf.unknown-key"] in seen["problems"]
    assert seen["fixed"] == "memory = 256"
    assert "on_reboot" in seen["labels"]


def test_a_command_line_is_planned_and_the_server_shows_it(seen):
    assert seen["second"] == "ctys"
    assert "lab00" in seen["shown"]
    assert "tst100" in seen["shown"]
