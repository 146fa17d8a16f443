;;; ctys.el --- Domain files and sessions of many Xen hosts -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers

;; Author: The ctys-ls developers
;; Maintainer: The ctys-ls developers
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: tools, processes, languages
;; URL: https://github.com/ctys-ls/ctys-ls
;; SPDX-License-Identifier: MIT

;; Permission is hereby granted, free of charge, to any person obtaining a
;; copy of this software and associated documentation files (the "Software"),
;; to deal in the Software without restriction, including without limitation
;; the rights to use, copy, modify, merge, publish, distribute, sublicense,
;; and/or sell copies of the Software, and to permit persons to whom the
;; Software is furnished to do so, subject to the conditions in the file
;; LICENSE.

;;; Commentary:

;; A thin client of the language server ctys-ls:
;;
;; - `ctys-xenconf-mode' for Xen domain files and `ctys-mode' for files of
;;   ctys command lines, served through eglot or lsp-mode;
;; - `ctys' reads a command line, completes it and runs it;
;; - `ctys-list' shows all sessions of all hosts in one live table;
;; - consoles open in windows: CONSOLE:EMACS, EMACSA, EMACSM, EMACSAM.
;;
;; See README.md beside this file.

;;; Code:

(require 'ctys-server)
(require 'ctys-jobs)
(require 'ctys-console)
(require 'ctys-plan)
(require 'ctys-read)

;;; The modes

(defvar ctys-xenconf-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?_ "_" table)
    table)
  "Syntax of Xen domain files.")

(defconst ctys-xenconf-font-lock
  `((,(rx bol (* blank) (group "#@#" (+ (any "A-Za-z0-9_-")))) 1 font-lock-preprocessor-face t)
    (,(rx bol (* blank) (group (+ (any "A-Za-z0-9_"))) (* blank) (? "+") "=")
     1 font-lock-variable-name-face)
    (,(rx symbol-start (or (seq "0x" (+ xdigit)) (+ digit)) symbol-end) . font-lock-constant-face))
  "Colours of Xen domain files; the server's semantic tokens add to them.")

(defvar ctys-xenconf-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") #'ctys-xenconf-create)
    (define-key map (kbd "C-c C-l") #'ctys-list)
    map)
  "Keys of `ctys-xenconf-mode'.")
(declare-function ctys-list "ctys-list" ())

;;;###autoload
(define-derived-mode ctys-xenconf-mode prog-mode "Xen conf"
  "Xen domain configuration files.
Diagnostics, completion and help come from ctys-ls by \\[eglot] or by lsp-mode.
\\{ctys-xenconf-mode-map}"
  (setq-local comment-start "# "
              comment-start-skip "#+[ \t]*"
              font-lock-defaults '(ctys-xenconf-font-lock))
  (add-hook 'project-find-functions #'ctys-project 90 t))

(defvar ctys-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?\" "\"" table)
    table)
  "Syntax of files of ctys command lines.")

(defconst ctys-font-lock
  `((,(rx bol (* blank) (group (or "ctys-vhost" "ctys")) symbol-end) 1 font-lock-builtin-face)
    (,(rx (or bol blank "(" "'") (group "-" (any "A-Za-z"))) 1 font-lock-keyword-face)
    (,(rx (group (or "macro" "SUBTASK" "SUBGROUP" "VMSTACK")) (any ":{")) 1 font-lock-preprocessor-face)
    (,(rx (any "=,") (group (+ (any "A-Za-z"))) (any ":,")) 1 font-lock-function-name-face))
  "Colours of command lines; the server's semantic tokens add to them.")

(defvar ctys-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") #'ctys-run-at-point)
    (define-key map (kbd "C-c C-p") #'ctys-plan-at-point)
    (define-key map (kbd "C-c C-l") #'ctys-list)
    map)
  "Keys of `ctys-mode'.")

;;;###autoload
(define-derived-mode ctys-mode prog-mode "ctys"
  "Files of ctys command lines, macros and groups.
\\{ctys-mode-map}"
  (setq-local comment-start "# "
              comment-start-skip "#+[ \t]*"
              font-lock-defaults '(ctys-font-lock))
  (add-hook 'project-find-functions #'ctys-project 90 t))

(put 'ctys-xenconf-mode 'eglot-language-id "xenconf")
(put 'ctys-mode 'eglot-language-id "ctys")

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.ctys\\'" . ctys-mode))
;;;###autoload
(add-to-list 'auto-mode-alist '("/xen/.*\\.\\(?:conf\\|cfg\\|xl\\)\\'" . ctys-xenconf-mode))
;;;###autoload
(add-to-list 'magic-mode-alist '(ctys-xenconf-looks-like . ctys-xenconf-mode))

;;;###autoload
(defun ctys-xenconf-looks-like ()
  "Whether this buffer visits a .conf or .cfg file that begins like a Xen domain.
Only the first 4000 characters are looked at."
  (and buffer-file-name
       (let ((case-fold-search nil)
             (end (min (point-max) (+ (point-min) 4000))))
         (and (string-match-p "\\.\\(?:conf\\|cfg\\)\\'" buffer-file-name)
              (save-excursion
                (goto-char (point-min))
                (re-search-forward "^[ \t]*\\(?:#@#MAGICID-XEN\\|name[ \t]*=[ \t]*[\"']\\)" end t))
              (save-excursion
                (goto-char (point-min))
                (re-search-forward "^[ \t]*\\(?:#@#MAGICID-XEN\\|\\(?:vif\\|disk\\|kernel\\|bootloader\\|vcpus\\|memory\\)[ \t]*=\\)"
                                   end t))))))

;;; The language server

(defun ctys-project (directory)
  "The project of DIRECTORY for a language server, where no other is found.
By convention every guest has a folder of its own below a folder xen,
and all of them belong together: one server is enough for them."
  (when (bound-and-true-p eglot-lsp-context)
    (cons 'transient
          (or (and (string-match "\\`.*?/xen/" directory) (match-string 0 directory))
              directory))))

;;;###autoload
(defun ctys-eglot-contact (&rest _)
  "The class and command with which eglot serves the modes of ctys."
  (require 'ctys-eglot)
  (cons 'ctys-eglot-server (ctys-executable)))

(defvar eglot-server-programs)
;;;###autoload
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '((ctys-xenconf-mode ctys-mode) . ctys-eglot-contact)))

(declare-function ctys-lsp-register "ctys-lsp" ())
;;;###autoload
(with-eval-after-load 'lsp-mode
  (require 'ctys-lsp)
  (ctys-lsp-register))

;;; Command lines

;;;###autoload
(defun ctys (line &optional plan)
  "Run the ctys command LINE, which is read with completion.
With a prefix argument show its PLAN only.  While the line is typed,
\\<ctys-read-map>\\[ctys-read-plan] shows the plan too."
  (interactive (progn (ctys-executable)
                      (list (ctys-read-line) current-prefix-arg)))
  (if plan (ctys-plan line) (ctys-run line)))

(defun ctys-run (line)
  "Run the ctys command LINE; its log is in `*ctys*'."
  (ctys-job-start "ctys.run" (list :commandLine (ctys-command-line line)) :show t))

(defun ctys-line-at-point ()
  "The command line at point with its continuation lines, or the region."
  (if (use-region-p)
      (buffer-substring-no-properties (region-beginning) (region-end))
    (save-excursion
      (beginning-of-line)
      (while (and (not (bobp)) (eq (char-before (1- (point))) ?\\))
        (forward-line -1))
      (let ((start (point)))
        (end-of-line)
        (while (and (eq (char-before) ?\\) (not (eobp)))
          (forward-line 1)
          (end-of-line))
        (let ((line (string-trim (buffer-substring-no-properties start (point)))))
          (when (or (string-empty-p line) (string-prefix-p "#" line))
            (user-error "There is no command line at point"))
          line)))))

(defun ctys-run-at-point ()
  "Run the command line at point."
  (interactive)
  (ctys-run (ctys-line-at-point)))

(defun ctys-plan-at-point ()
  "Show what the command line at point would run."
  (interactive)
  (ctys-plan (ctys-line-at-point)))

(defun ctys-xenconf-create ()
  "Create a session of this file's guest; the command line can be edited first."
  (interactive)
  (let ((file (or buffer-file-name (user-error "Save this buffer to a file first"))))
    (ctys-run (ctys-read-line
               (format "-t xen -a create=p:%s,CONSOLE:%s " (file-local-name file)
                       (downcase ctys-console-kind))))))

(autoload 'ctys-list "ctys-list" "Show all sessions of all hosts." t)

(provide 'ctys)
;;; ctys.el ends here
