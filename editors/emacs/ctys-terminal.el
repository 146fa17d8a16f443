;;; ctys-terminal.el --- What shows a console: shell buffers, terminals, windows -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The backends of console buffers, each a function of a name and an
;; argument list, and the terminal emulators of XTERM and GTERM.  What
;; runs in them comes from the server; nothing here knows of guests.

;;; Code:

(require 'ctys-server)
(require 'comint)
(require 'term)

(defcustom ctys-terminal-backend 'auto
  "What shows the terminals of EMACSA and EMACSAM.
`auto' takes eat where it is installed, else vterm, else `ansi-term'.
`shell' is no terminal but a shell buffer, as for EMACS and EMACSM."
  :type '(choice (const auto) (const ansi-term) (const term) (const eat) (const vterm)
                 (const :tag "shell buffer" shell))
  :group 'ctys)

(defcustom ctys-terminal-emulators
  '(("XTERM" ("xterm" "-T" "%t" "-e") ("x-terminal-emulator" "-T" "%t" "-e"))
    ("GTERM" ("gnome-terminal" "--title" "%t" "--") ("konsole" "-p" "tabtitle=%t" "-e") ("kitty" "-T" "%t")
     ("alacritty" "-T" "%t" "-e") ("x-terminal-emulator" "-T" "%t" "-e")))
  "For XTERM and GTERM the programs to try in turn, %t being the title.
The console's command follows as further arguments."
  :type '(alist :key-type string :value-type (repeat (repeat string)))
  :risky t
  :group 'ctys)

(defconst ctys-terminal--starters
  '((shell . ctys-terminal--in-shell) (ansi-term . ctys-terminal--in-ansi-term)
    (term . ctys-terminal--in-term) (eat . ctys-terminal--in-eat) (vterm . ctys-terminal--in-vterm))
  "Backends and the functions that start a program in them.")

;;; Which backend

(defun ctys-terminal-chosen ()
  "The backend that `ctys-terminal-backend' means here.
Where it is not installed that is said, and `ansi-term' taken."
  (cond
   ((eq ctys-terminal-backend 'auto)
    (or (seq-find #'ctys-terminal--installed-p '(eat vterm)) 'ansi-term))
   ((not (assq ctys-terminal-backend ctys-terminal--starters))
    (user-error "`ctys-terminal-backend' is %s: ansi-term, term, eat, vterm, shell or auto are known"
                ctys-terminal-backend))
   ((ctys-terminal--installed-p ctys-terminal-backend) ctys-terminal-backend)
   (t
    (ctys-say "%s is not installed, so this terminal is an ansi-term; install it or change `ctys-terminal-backend'"
              ctys-terminal-backend)
    'ansi-term)))

(defun ctys-terminal--installed-p (backend)
  "Whether BACKEND can be used without a question; vterm wants its module."
  (pcase backend
    ('eat (or (featurep 'eat) (and (locate-library "eat") t)))
    ('vterm (or (featurep 'vterm)
                (and module-file-suffix (locate-library "vterm")
                     (progn (load "vterm-load-path" t t) ; Debian keeps the module elsewhere
                            (locate-library "vterm-module"))
                     t)))
    (_ t)))

(defun ctys-terminal-start (backend name argv)
  "Run ARGV, a list, in a new buffer `*NAME*' of BACKEND; return the buffer.
No window changes."
  (save-window-excursion
    (funcall (cdr (assq backend ctys-terminal--starters)) name argv)))

;;; The backends

(defvar ctys-terminal-shell-mode #'comint-mode
  "The major mode of shell buffers.")

(defun ctys-terminal--in-shell (name argv)
  "Run ARGV in the shell buffer `*NAME*'."
  (let ((buffer (get-buffer-create (format "*%s*" name)))
        (process-environment (cons "TERM=dumb" process-environment)))
    (with-current-buffer buffer (funcall ctys-terminal-shell-mode))
    (apply #'make-comint-in-buffer name buffer (car argv) nil (cdr argv))))

(defun ctys-terminal--in-term (name argv)
  "Run ARGV in the terminal buffer `*NAME*' with the keys of `term'."
  (let ((buffer (apply #'make-term name (car argv) nil (cdr argv))))
    (with-current-buffer buffer
      (term-mode)
      (term-char-mode))
    buffer))

(defun ctys-terminal--in-ansi-term (name argv)
  "Run ARGV in the terminal buffer `*NAME*' with the keys of `ansi-term'."
  (let ((buffer (ctys-terminal--in-term name argv)))
    (with-current-buffer buffer
      ;; Without the binding the keys of every other terminal would change, too.
      (let (term-escape-char) (term-set-escape-char ?\C-x)))
    buffer))

(declare-function eat-make "ext:eat" (name program &optional startfile &rest switches))
(defvar eat-term-name)
(defun ctys-terminal--in-eat (name argv)
  "Run ARGV in the eat buffer `*NAME*'."
  (require 'eat)
  ;; A guest or a host has never heard of eat's own names, but of this one, which eat can be.
  (let ((eat-term-name "xterm-256color"))
    (apply #'eat-make name (car argv) nil (cdr argv))))

(defvar vterm-shell)
(declare-function vterm-mode "ext:vterm" ())
(defun ctys-terminal--in-vterm (name argv)
  "Run ARGV in the vterm buffer `*NAME*'."
  (require 'vterm)
  (let ((buffer (get-buffer-create (format "*%s*" name)))
        (vterm-shell (mapconcat #'shell-quote-argument argv " ")))
    (with-current-buffer buffer (vterm-mode))
    buffer))

;;; When the program ends

(defvar vterm-kill-buffer-on-exit)
(defvar eat-kill-buffer-on-exit)
(defvar term-kill-buffer-on-exit)
(defun ctys-terminal-when-ended (buffer function)
  "Call FUNCTION in BUFFER when its program has ended; the buffer stays."
  (when-let ((process (get-buffer-process buffer)))
    (set-process-query-on-exit-flag process nil)
    (add-function
     :around (process-sentinel process)
     (lambda (sentinel process event)
       (let (vterm-kill-buffer-on-exit eat-kill-buffer-on-exit term-kill-buffer-on-exit)
         (funcall sentinel process event))
       (when (and (buffer-live-p buffer) (not (process-live-p process)))
         (with-current-buffer buffer (funcall function)))))))

;;; Windows of their own

(defun ctys-terminal-in-window (kind title argv)
  "Run ARGV under TITLE in the terminal emulator for KIND on this display."
  (let ((emulator (seq-find (lambda (command) (executable-find (car command)))
                            (cdr (assoc kind ctys-terminal-emulators)))))
    (unless emulator
      (user-error "No program for %s is on PATH: install %s, or change `ctys-terminal-emulators'"
                  kind (mapconcat #'car (cdr (assoc kind ctys-terminal-emulators)) " or ")))
    (set-process-query-on-exit-flag
     (apply #'start-process (concat "ctys " kind) nil
            (append (mapcar (lambda (word) (string-replace "%t" title word)) emulator) argv))
     nil)))

(provide 'ctys-terminal)
;;; ctys-terminal.el ends here
