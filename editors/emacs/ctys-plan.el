;;; ctys-plan.el --- What a ctys command line would do -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The buffer `*ctys plan*': what would run, on which host, in which
;; order.  Nothing is run before the user says so there.

;;; Code:

(require 'ctys-jobs)
(require 'ctys-read)

(defvar-local ctys-plan-line nil "The command line whose plan this buffer shows.")

(defvar ctys-plan-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "x" #'ctys-plan-run)
    (define-key map "e" #'ctys-plan-edit)
    map)
  "Keys of a plan.")
(declare-function ctys "ctys" (line &optional plan))
(declare-function ctys-run "ctys" (line))

(define-derived-mode ctys-plan-mode special-mode "ctys plan"
  "What a command line would run.
\\{ctys-plan-mode-map}"
  (setq header-line-format
        (substitute-command-keys
         " \\<ctys-plan-mode-map>\\[ctys-plan-run] run it   \\[ctys-plan-edit] edit the line   \\[quit-window] quit"))
  (setq-local revert-buffer-function (lambda (&rest _) (ctys-plan ctys-plan-line))))

(defun ctys-plan (line)
  "Show what LINE would run, as soon as the server has said so."
  (ctys-request "ctys.plan" (list :commandLine (ctys-command-line line))
                :then (lambda (result) (run-at-time 0 nil #'ctys-plan--show line result))))

(defun ctys-plan--show (line result)
  "Show the plan of LINE in RESULT."
  (with-current-buffer (get-buffer-create "*ctys plan*")
    (ctys-plan-mode)
    (setq ctys-plan-line line)
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert (propertize (ctys-command-line line) 'face 'ctys-title) "\n\n")
      (seq-do #'ctys-plan--problem (plist-get result :problems))
      (insert (or (plist-get result :text) ""))
      (goto-char (point-min)))
    (display-buffer (current-buffer))))

(defun ctys-plan--problem (problem)
  "Insert PROBLEM as a line."
  (let ((severity (plist-get problem :severity)))
    (insert (propertize (format "%s: %s [%s]\n" severity (plist-get problem :message)
                                (plist-get problem :code))
                        'face (if (member severity '("error" 1)) 'error 'warning)))))

(defun ctys-plan-run ()
  "Run the command line of this plan."
  (interactive)
  (let ((line ctys-plan-line))
    (quit-window)
    (ctys-run line)))

(defun ctys-plan-edit ()
  "Edit the command line of this plan and run it then."
  (interactive)
  (ctys-run (ctys-read-line ctys-plan-line)))

(provide 'ctys-plan)
;;; ctys-plan.el ends here
