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

(defvar ctys-try-folder nil "The folder to try with.")
(defvar eglot-sync-connect)

(defun ctys-try-project (directory)
  "One project, and so one server, for DIRECTORY in the folder to try with."
  (and ctys-try-folder
       (file-in-directory-p directory ctys-try-folder)
       (cons 'transient ctys-try-folder)))

(defun ctys-try-files ()
  "The domain files and command lines of the folder, in this order."
  (mapcan (lambda (ending) (sort (directory-files-recursively ctys-try-folder ending) #'string<))
          '("\\.conf\\'" "\\.ctys\\'")))

(defun ctys-try (folder)
  "Open FOLDER: a domain file above, the session table below."
  (setq ctys-try-folder (file-name-as-directory (expand-file-name folder))
        default-directory ctys-try-folder)
  (add-hook 'project-find-functions #'ctys-try-project)
  (mapc #'find-file (reverse (ctys-try-files)))
  (delete-other-windows)
  (ctys-try-server)
  ;; The table uses eglot's server, so it comes when that is there, or when that does not come.
  (add-hook 'eglot-connect-hook #'ctys-try-table)
  (run-at-time 3 nil #'ctys-try-table))

(defun ctys-try-server ()
  "Serve the files through eglot."
  (setq eglot-sync-connect nil)
  (condition-case failed
      (if (require 'eglot nil t)
          (call-interactively #'eglot)
        (user-error "Eglot is not installed, so files get no diagnostics (Debian: apt-get install elpa-eglot)"))
    (error (message "ctys: %s" (error-message-string failed)))))

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

(let ((folder (or (pop command-line-args-left) (getenv "CTYS_WORKSPACE") default-directory)))
  (add-hook 'emacs-startup-hook (lambda () (ctys-try folder))))

;;; try.el ends here
