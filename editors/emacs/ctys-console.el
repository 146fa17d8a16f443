;;; ctys-console.el --- Consoles of guests in Emacs windows -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The console kinds of the ctys command line.  EMACS is a shell buffer
;; `*LABEL*', EMACSA a terminal; EMACSM and EMACSAM add a window below,
;; `*HOST*', with a shell on the host.  The programs in them come from
;; the server; killing a buffer detaches from the console.

;;; Code:

(require 'ctys-jobs)
(require 'comint)
(require 'term)

(defcustom ctys-console-kind "EMACSAM"
  "The console that opens where no command line names one."
  :type '(choice (const :tag "shell buffer" "EMACS")
                 (const :tag "terminal" "EMACSA")
                 (const :tag "shell buffer, a shell on the host below" "EMACSM")
                 (const :tag "terminal, a terminal on the host below" "EMACSAM")
                 (const :tag "xterm" "XTERM")
                 (const :tag "gnome-terminal" "GTERM"))
  :group 'ctys)

(defcustom ctys-terminal-backend 'auto
  "What shows the terminals of EMACSA and EMACSAM.
`auto' takes eat or vterm where one of them is loaded, else `ansi-term'."
  :type '(choice (const auto) (const ansi-term) (const term) (const eat) (const vterm)
                 (const :tag "shell buffer" shell))
  :group 'ctys)

(defcustom ctys-terminal-emulators
  '(("XTERM" ("xterm" "-T" "%t" "-e") ("x-terminal-emulator" "-T" "%t" "-e"))
    ("GTERM" ("gnome-terminal" "--title" "%t" "--") ("konsole" "-e") ("kitty" "-T" "%t")
     ("alacritty" "-T" "%t" "-e") ("x-terminal-emulator" "-T" "%t" "-e")))
  "For XTERM and GTERM the programs to try in turn, %t being the title.
The console's command follows as further arguments."
  :type '(alist :key-type string :value-type (repeat (repeat string)))
  :risky t
  :group 'ctys)

(defvar-local ctys-console-spec nil
  "The property list that this console buffer was opened with.")

(defvar ctys-console-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-t") #'ctys-console-as-terminal)
    map)
  "Keys of a console in a shell buffer.")

(defvar ctys-console-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map (make-composed-keymap ctys-console-map comint-mode-map))
    map)
  "Keys of `ctys-console-mode'.")

(define-derived-mode ctys-console-mode comint-mode "ctys console"
  "A guest's console as a shell buffer: a line is edited here and sent by RET.
A menu that wants single keys, as pyGRUB's, is reached by
\\[ctys-console-as-terminal], which goes on in a terminal.
\\{ctys-console-mode-map}"
  (setq-local comint-prompt-read-only nil
              comint-scroll-to-bottom-on-input 'this
              comint-move-point-for-output 'this
              ansi-color-for-comint-mode t)
  ;; The relay takes out what a shell buffer cannot show, and the guest's echo of a sent line; colours are left.
  (add-hook 'comint-output-filter-functions #'ansi-color-process-output nil t))

;;; The windows

(defvar ctys-console--layouts (make-hash-table :test #'eq :weakness 'key)
  "For a frame, the windows it had before consoles were opened in it.")

(defun ctys-console--remember-layout ()
  "Remember the windows of this frame, unless consoles fill it already."
  (unless (seq-some (lambda (window)
                      (buffer-local-value 'ctys-console-spec (window-buffer window)))
                    (window-list nil 'no-minibuffer))
    (puthash (selected-frame) (current-window-configuration) ctys-console--layouts)))

;;;###autoload
(defun ctys-console-restore-windows ()
  "Bring back the windows that this frame had before its consoles."
  (interactive)
  (let ((layout (gethash (selected-frame) ctys-console--layouts)))
    (unless layout (user-error "No windows are remembered for this frame"))
    (remhash (selected-frame) ctys-console--layouts)
    (set-window-configuration layout)))

;;;###autoload
(cl-defun ctys-console-open (&rest spec &key (kind ctys-console-kind) label host argv shellArgv
                                   guestBuffer hostBuffer &allow-other-keys)
  "Open a guest's console by the property list SPEC; return its buffer.
KIND is a console kind of the ctys command line, LABEL and HOST name the
guest, ARGV runs in the console, SHELLARGV in the lower window of the
kinds that end in M.  GUESTBUFFER and HOSTBUFFER are the names of the
buffers without asterisks, as a rule LABEL and HOST.  `:env' is a
property list of further environment variables.
The program ctys calls this through emacsclient."
  (unless (and argv label host)
    (user-error "A console needs :label, :host and :argv"))
  (let ((kind (upcase kind))
        (guest (or guestBuffer label)))
    (pcase kind
      ((or "EMACS" "EMACSA")
       (let ((buffer (ctys-console--buffer guest argv (ctys-console--backend kind) spec)))
         (ctys-console--remember-layout)
         (pop-to-buffer-same-window buffer)
         buffer))
      ((or "EMACSM" "EMACSAM")
       (ctys-console--split (ctys-console--buffer guest argv (ctys-console--backend kind) spec)
                            (and shellArgv
                                 (ctys-console--buffer (or hostBuffer host) shellArgv
                                                       (ctys-console--backend kind) spec))))
      ((or "XTERM" "GTERM") (ctys-console--window-system kind spec))
      ("CLI" (apply #'ctys-console-open (plist-put (copy-sequence spec) :kind "EMACSA")))
      ("NONE" nil)
      (_ (user-error "Emacs opens no %s console; EMACS, EMACSA, EMACSM, EMACSAM, XTERM and GTERM it does"
                     kind)))))

(defun ctys-console--split (upper lower)
  "Show buffer UPPER above LOWER, select and return UPPER."
  (ctys-console--remember-layout)
  (let ((ignore-window-parameters t))
    (delete-other-windows (if (window-minibuffer-p) (next-window) (selected-window))))
  (switch-to-buffer upper nil t)
  (when lower
    (set-window-buffer (split-window-below) lower))
  upper)

(defun ctys-console--buffer (name argv backend spec)
  "The buffer `*NAME*' made by BACKEND to run ARGV for the console SPEC.
A console that is attached already is kept."
  (let* ((host (plist-get spec :host))
         (taken (get-buffer (format "*%s*" name)))
         (name (if (and taken (not (ctys-console--ours-p taken spec)))
                   (format "%s@%s" name host)
                 name))
         (buffer (get-buffer (format "*%s*" name))))
    (if (and buffer (process-live-p (get-buffer-process buffer)))
        buffer
      (when buffer (ctys-console--retire buffer))
      (ctys-console--start name argv backend spec))))

(defun ctys-console--ours-p (buffer spec)
  "Whether BUFFER is a console of the host in SPEC, so that it may be used again."
  (equal (plist-get (buffer-local-value 'ctys-console-spec buffer) :host)
         (plist-get spec :host)))

(defun ctys-console--retire (buffer)
  "Rename BUFFER, whose console has ended, to make room for a new one."
  (with-current-buffer buffer
    (rename-buffer (generate-new-buffer-name (format "%s ended" (buffer-name))))))

(defun ctys-console--start (name argv backend spec)
  "Run ARGV in a new buffer `*NAME*' by BACKEND, for the console SPEC."
  (let* ((default-directory (expand-file-name "~/"))
         (process-environment (append (ctys-console--environment spec) process-environment))
         (buffer (save-window-excursion
                   (funcall (ctys-console--starter backend) name (append argv nil)))))
    (with-current-buffer buffer
      (setq ctys-console-spec spec
            ctys-keep-window t)
      (when-let ((process (get-buffer-process buffer)))
        (set-process-query-on-exit-flag process nil)))
    buffer))

(defun ctys-console--environment (spec)
  "The `:env' of SPEC as NAME=VALUE."
  (cl-loop for (key value) on (plist-get spec :env) by #'cddr
           collect (format "%s=%s" (substring (symbol-name key) 1) value)))

;;; The backends

(defun ctys-console--backend (kind)
  "The backend for the console KIND."
  (cond
   ((member kind '("EMACS" "EMACSM")) 'shell)
   ((not (eq ctys-terminal-backend 'auto)) ctys-terminal-backend)
   ((featurep 'eat) 'eat)
   ((featurep 'vterm) 'vterm)
   (t 'ansi-term)))

(defun ctys-console--starter (backend)
  "The function to start a console by BACKEND."
  (pcase backend
    ('shell #'ctys-console--in-shell)
    ((or 'term 'ansi-term) #'ctys-console--in-term)
    ('eat #'ctys-console--in-eat)
    ('vterm #'ctys-console--in-vterm)
    (_ (user-error "`ctys-terminal-backend' is %s: ansi-term, term, eat, vterm, shell or auto are known" backend))))

(defun ctys-console--in-shell (name argv)
  "Run ARGV in the shell buffer `*NAME*'."
  (let ((buffer (get-buffer-create (format "*%s*" name)))
        (process-environment (cons "TERM=dumb" process-environment)))
    (with-current-buffer buffer (ctys-console-mode))
    (apply #'make-comint-in-buffer name buffer (car argv) nil (cdr argv))))

(defun ctys-console--in-term (name argv)
  "Run ARGV in the terminal buffer `*NAME*' with `ansi-term''s keys."
  (let ((buffer (apply #'make-term name (car argv) nil (cdr argv))))
    (with-current-buffer buffer
      (term-mode)
      (term-char-mode)
      (let (term-escape-char) (term-set-escape-char ?\C-x))
      (setq-local term-prompt-regexp "^.*[$#>:] *"))
    buffer))

(declare-function eat-make "ext:eat" (name program &optional startfile &rest switches))
(defun ctys-console--in-eat (name argv)
  "Run ARGV in the eat buffer `*NAME*'."
  (require 'eat)
  (apply #'eat-make name (car argv) nil (cdr argv)))

(defvar vterm-shell)
(defvar vterm-kill-buffer-on-exit)
(declare-function vterm-mode "ext:vterm" ())
(defun ctys-console--in-vterm (name argv)
  "Run ARGV in the vterm buffer `*NAME*'."
  (require 'vterm)
  (let ((buffer (get-buffer-create (format "*%s*" name)))
        (vterm-shell (mapconcat #'shell-quote-argument argv " ")))
    (with-current-buffer buffer
      (vterm-mode)
      (setq-local vterm-kill-buffer-on-exit nil))
    buffer))

;;;###autoload
(defun ctys-console-host (host)
  "Open a shell on HOST in a terminal `*HOST*'."
  (interactive "sShell on host: ")
  (let ((kind (if (member ctys-console-kind '("EMACS" "EMACSM")) "EMACS" "EMACSA")))
    (ctys-console-open :kind kind :label host :host host
                       :argv (list (car (ctys-executable)) "console" "--shell" "--kind" kind host))))

(defun ctys-console--window-system (kind spec)
  "Start the terminal emulator for KIND on this display for the console SPEC."
  (let* ((default-directory (expand-file-name "~/"))
         (emulator (seq-find (lambda (command) (executable-find (car command)))
                             (cdr (assoc kind ctys-terminal-emulators)))))
    (cond
     ((not (getenv "DISPLAY"))
      (ctys-say "there is no DISPLAY for %s: the console opens as EMACSA instead" kind)
      (apply #'ctys-console-open (plist-put (copy-sequence spec) :kind "EMACSA")))
     ((null emulator)
      (user-error "No program for %s is on PATH: install %s, or change `ctys-terminal-emulators'"
                  kind (mapconcat #'car (cdr (assoc kind ctys-terminal-emulators)) " or ")))
     (t
      (let ((process-environment (append (ctys-console--environment spec) process-environment)))
        (set-process-query-on-exit-flag
         (apply #'start-process (concat "ctys " kind) nil
                (append (ctys-console--titled emulator (plist-get spec :label))
                        (append (plist-get spec :argv) nil)))
         nil))
      nil))))

(defun ctys-console--titled (command title)
  "COMMAND with TITLE for every %t."
  (mapcar (lambda (word) (if (equal word "%t") title word)) command))

(defun ctys-console-as-terminal ()
  "Go on with this console in a terminal, for a menu that wants single keys."
  (interactive)
  (let* ((spec (or ctys-console-spec (user-error "This buffer is no console of ctys")))
         (old (current-buffer))
         (split (member (upcase (or (plist-get spec :kind) "EMACS")) '("EMACSM" "EMACSAM"))))
    (when-let ((process (get-buffer-process old))) (delete-process process))
    (ctys-console--retire old)
    (let ((new (ctys-console--start (or (plist-get spec :guestBuffer) (plist-get spec :label))
                                    (plist-get spec :argv) (ctys-console--backend "EMACSA")
                                    (plist-put (copy-sequence spec) :kind
                                               (if split "EMACSAM" "EMACSA")))))
      (set-window-buffer (selected-window) new))))

;;; From the server

(cl-defmethod ctys-notification ((_method (eql 'ctys/consoleReady)) _connection params)
  "Open the console in PARAMS, outside the process filter."
  (run-at-time 0 nil #'ctys-console--ready params))

(defun ctys-console--ready (params)
  "Open the console that PARAMS describes."
  (ctys-server--safely (lambda () (apply #'ctys-console-open params))))

(provide 'ctys-console)
;;; ctys-console.el ends here
