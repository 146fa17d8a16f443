;;; try.el --- Try ctys in Emacs, on simulated hosts -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The init file of "make emacs": emacs -q -l editors/emacs/try.el [FOLDER]
;; (-Q would hide the packages of a distribution, eglot among them.)  It opens the domain files and command lines of FOLDER (default: the
;; environment's CTYS_WORKSPACE, else the current folder), with the
;; session table below, ready to type.  Nothing of your own Emacs set-up
;; is read or changed.

;;; Code:

(add-to-list 'load-path (file-name-directory (or load-file-name buffer-file-name)))
(require 'package)
(package-initialize)
(load "ctys" nil t)
(require 'ctys-list)

(setq inhibit-startup-screen t
      initial-scratch-message nil
      make-backup-files nil
      auto-save-default nil
      create-lockfiles nil
      ring-bell-function #'ignore
      native-comp-async-report-warnings-errors 'silent)
(tool-bar-mode -1)

(defun ctys-try-folder ()
  "The folder to try with."
  (expand-file-name (or (car command-line-args-left) (getenv "CTYS_WORKSPACE") default-directory)))

(defun ctys-try ()
  "Open the workspace: a domain file above, the session table below."
  (let* ((folder (ctys-try-folder))
         (files (mapcan (lambda (ending) (sort (directory-files-recursively folder ending) #'string<))
                        '("\\.conf\\'" "\\.ctys\\'"))))
    (setq command-line-args-left nil)
    (if (not (locate-library "eglot"))
        (message "ctys: eglot is not installed, so files get no diagnostics (Debian: apt-get install elpa-eglot)")
      (dolist (hook '(ctys-xenconf-mode-hook ctys-mode-hook))
        (add-hook hook #'eglot-ensure)))
    (mapc #'find-file (reverse files))
    (delete-other-windows)
    ;; `eglot-ensure' waits for a command; the first one may be long in coming.
    (run-at-time 0 nil (lambda () (run-hooks 'post-command-hook)))
    ;; The table uses eglot's server, so it comes when that is there, or when that does not come.
    (add-hook 'eglot-connect-hook #'ctys-try-table)
    (run-at-time 3 nil #'ctys-try-table)))

(defun ctys-try-table (&rest _)
  "Show the session table below, once."
  (remove-hook 'eglot-connect-hook #'ctys-try-table)
  (run-at-time
   0 nil
   (lambda ()
     (unless (get-buffer "*ctys sessions*")
       (condition-case failed
           (save-selected-window
             (select-window (split-window-below))
             (let ((display-buffer-overriding-action '(display-buffer-same-window)))
               (ctys-list))
             (message "ctys: M-x ctys runs a command line, M-x ctys-list is the table below, ? in it is help"))
         (user-error (message "ctys: %s" (error-message-string failed))))))))

(add-hook 'emacs-startup-hook #'ctys-try)

;;; try.el ends here
