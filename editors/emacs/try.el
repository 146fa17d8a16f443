;;; try.el --- Try ctys in Emacs, on simulated hosts -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The init file of "make emacs": emacs -Q -l editors/emacs/try.el [FOLDER]
;; It opens the domain files and command lines of FOLDER (default: the
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
      ring-bell-function #'ignore)
(tool-bar-mode -1)

(defun ctys-try-folder ()
  "The folder to try with."
  (expand-file-name (or (car command-line-args-left) (getenv "CTYS_WORKSPACE") default-directory)))

(defun ctys-try ()
  "Open the workspace: a domain file above, the session table below."
  (let* ((folder (ctys-try-folder))
         (files (sort (seq-filter (lambda (file) (string-match-p "\\.\\(conf\\|ctys\\)\\'" file))
                                  (directory-files-recursively folder "\\.\\(conf\\|ctys\\)\\'" nil t))
                      #'string<)))
    (setq command-line-args-left nil)
    (if (not (locate-library "eglot"))
        (message "ctys: eglot is not installed, so files get no diagnostics (Debian: apt-get install elpa-eglot)")
      (dolist (hook '(ctys-xenconf-mode-hook ctys-mode-hook))
        (add-hook hook #'eglot-ensure)))
    ;; Last file first on the list of buffers is what `previous-buffer' reaches next.
    (mapc #'find-file (reverse files))
    (delete-other-windows)
    (condition-case failed
        (progn
          (select-window (split-window-below))
          (switch-to-buffer (save-window-excursion (ctys-list) (current-buffer)))
          (other-window 1)
          (message "ctys: M-x ctys runs a command line, M-x ctys-list is the table below, ? in it is help"))
      (user-error (message "ctys: %s" (error-message-string failed))))))

(add-hook 'emacs-startup-hook #'ctys-try)

;;; try.el ends here
