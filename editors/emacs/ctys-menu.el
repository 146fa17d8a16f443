;;; ctys-menu.el --- The menu of the session table -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The keys of the session table as a transient menu.

;;; Code:

(require 'transient)
(require 'ctys-list)

;;;###autoload (autoload 'ctys-list-menu "ctys-menu" nil t)
(transient-define-prefix ctys-list-menu ()
  "What can be done with the marked sessions, or with the one at point."
  [["Guest"
    ("RET" "console" ctys-list-console)
    ("i" "details" ctys-guest)
    ("v" "screen" ctys-list-screen)
    ("c" "create …" ctys-list-create)
    ("k" "power off" ctys-list-cancel)
    ("r" "reboot" ctys-list-reboot)
    ("K" "reset" ctys-list-reset)
    ("R" "rename …" ctys-list-rename)
    ("p" "pause" ctys-list-pause)
    ("s" "suspend" ctys-list-suspend)
    ("e" "go on" ctys-list-resume)]
   ["Marks"
    ("m" "mark" ctys-list-mark :transient t)
    ("u" "unmark" ctys-list-unmark :transient t)
    ("U" "unmark all" ctys-list-unmark-all :transient t)
    ("t" "toggle" ctys-list-toggle-marks :transient t)
    ("/" "filter" ctys-list-filter)
    ("|" "columns" ctys-list-columns)
    ("o" "sort by this column" tabulated-list-sort)]
   ["Go to"
    ("f" "configuration file" ctys-list-find-conf)
    ("S" "shell on the host" ctys-list-shell)
    ("$" "log" ctys-log)
    ("w" "copy as command line" ctys-list-copy-command)]
   ["Table"
    ("g" "ask all hosts now" revert-buffer)
    ("x" "stop a job" ctys-cancel-job)
    ("W" "windows as before" ctys-console-restore-windows)
    ("q" "quit" quit-window)]])

(provide 'ctys-menu)
;;; ctys-menu.el ends here
