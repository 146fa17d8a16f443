;;; ctys-console.el --- Consoles of guests in Emacs windows -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The console kinds of the ctys command line.  EMACS is a shell buffer
;; `*LABEL*', EMACSA a terminal; EMACSM and EMACSAM add a window below,
;; `*HOST*', with a shell on the host.  The programs in them come from
;; the server; killing a buffer detaches from the console.  They are
;; Emacs' own processes, so that a restart of the server ends none.

;;; Code:

(require 'ctys-jobs)
(require 'ctys-terminal)

(defcustom ctys-console-kind "EMACSAM"
  "The console that opens where no command line names one."
  :type '(choice (const :tag "shell buffer" "EMACS")
                 (const :tag "terminal" "EMACSA")
                 (const :tag "shell buffer, a shell on the host below" "EMACSM")
                 (const :tag "terminal, a terminal on the host below" "EMACSAM")
                 (const :tag "xterm" "XTERM")
                 (const :tag "gnome-terminal" "GTERM")
                 (const :tag "the screen of the guest" "VNC"))
  :group 'ctys)

(defvar-local ctys-console-spec nil
  "The property list that this console buffer was opened with.")

(defvar-local ctys-console--program nil
  "What this console buffer was started with: name, arguments and backend.")

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
              ansi-color-for-comint-mode t
              comint-input-sender #'ctys-console--send
              desktop-save-buffer #'ctys-console--desktop-data)
  ;; The relay takes out what a shell buffer cannot show; colours are left.
  (add-hook 'comint-output-filter-functions #'ansi-color-process-output nil t))

(defun ctys-console--send (process line)
  "Send LINE to PROCESS and take it off the screen; its echo is shown.
A password, which has no echo, is then not seen either."
  (let ((inhibit-read-only t))
    (delete-region comint-last-input-start comint-last-input-end))
  (comint-simple-send process line))

(declare-function ctys-console--desktop-data "ctys-console-again" (directory))
(declare-function ctys-console--bookmark "ctys-console-again" ())
(declare-function ctys-vnc-open "ctys-vnc" (spec))

;;; The windows

(defvar ctys-console--layouts (make-hash-table :test #'eq :weakness 'key)
  "For a frame, the windows it had before consoles were opened in it.")

(defun ctys-console--windows (&optional frame)
  "The windows of FRAME with a console in them."
  (seq-filter (lambda (window) (buffer-local-value 'ctys-console-spec (window-buffer window)))
              (window-list frame 'no-minibuffer)))

(defun ctys-console--remember-layout ()
  "Remember the windows of this frame, unless consoles are in it already."
  (unless (ctys-console--windows)
    (puthash (selected-frame) (current-window-configuration) ctys-console--layouts)))

;;;###autoload
(defun ctys-console-restore-windows ()
  "Bring back the windows that this frame had before its consoles."
  (interactive)
  (let ((layout (gethash (selected-frame) ctys-console--layouts)))
    (unless layout (user-error "No windows are remembered for this frame"))
    (remhash (selected-frame) ctys-console--layouts)
    (set-window-configuration layout)))

(defun ctys-console--split-p (spec)
  "Whether the console SPEC has a window below."
  (and (member (upcase (or (plist-get spec :kind) ctys-console-kind)) '("EMACSM" "EMACSAM"))
       (not (seq-empty-p (plist-get spec :shellArgv)))))

(defun ctys-console--leave-windows ()
  "Give back the windows of this console, which is being killed.
With its last console a frame of nothing but consoles gets back the
windows it had before them."
  (dolist (window (get-buffer-window-list nil 'no-minibuffer t))
    (let ((frame (window-frame window))
          (others (length (ctys-console--windows (window-frame window)))))
      (when (and (gethash frame ctys-console--layouts)
                 (= others (length (window-list frame 'no-minibuffer))))
        (if (> others 1)
            (delete-window window)
          (run-at-time 0 nil #'ctys-console--windows-as-before frame))))))

(defun ctys-console--windows-as-before (frame)
  "Bring back the windows that FRAME had, unless consoles were opened in it anew."
  (when (and (frame-live-p frame) (gethash frame ctys-console--layouts)
             (null (ctys-console--windows frame)))
    (with-selected-frame frame (ctys-console-restore-windows))))

(defun ctys-console--split (upper lower)
  "Show buffer UPPER above LOWER, select and return UPPER."
  (let ((above (get-buffer-window upper)))
    (if (and above (get-buffer-window lower))
        (select-window above)
      (ctys-console--remember-layout)
      (let ((ignore-window-parameters t))
        (delete-other-windows (if (window-minibuffer-p) (next-window) (selected-window))))
      (switch-to-buffer upper nil t)
      (set-window-buffer (split-window-below) lower)))
  upper)

;;; Opening

;;;###autoload
(cl-defun ctys-console-open (&rest spec &key (kind ctys-console-kind) label host argv shellArgv
                                   guestBuffer hostBuffer window &allow-other-keys)
  "Open a guest's console by the property list SPEC; return its buffer.
KIND is a console kind of the ctys command line, LABEL and HOST name the
guest, ARGV runs in the console, SHELLARGV in the lower window of the
kinds that end in M.  GUESTBUFFER and HOSTBUFFER are the names of the
buffers without asterisks, as a rule LABEL and HOST.  WINDOW: ARGV opens
a window of its own.  `:env' is a property list of further environment
variables.  The program ctys calls this through emacsclient."
  (unless (and argv label host)
    (user-error "A console needs :label, :host and :argv"))
  (let ((kind (upcase kind))
        (guest (or guestBuffer label)))
    (pcase kind
      ((or "VNC" "SDL") (require 'ctys-vnc) (ctys-vnc-open spec))
      ((guard (eq window t)) (ctys-console--in-own-window spec))
      ((or "EMACS" "EMACSA" "EMACSM" "EMACSAM")
       (let* ((backend (ctys-console--backend kind))
              (buffer (ctys-console--buffer guest argv backend spec)))
         (if (ctys-console--split-p spec)
             (ctys-console--split buffer (ctys-console--buffer (or hostBuffer host) shellArgv backend spec))
           (ctys-console--remember-layout)
           (pop-to-buffer-same-window buffer)
           buffer)))
      ((or "XTERM" "GTERM") (ctys-console--emulator kind spec))
      ("CLI" (apply #'ctys-console-open (plist-put (copy-sequence spec) :kind "EMACSA")))
      ("NONE" nil)
      (_ (user-error "Emacs opens no %s console; EMACS, EMACSA, EMACSM, EMACSAM, VNC, XTERM and GTERM it does"
                     kind)))))

(defun ctys-console--backend (kind)
  "The backend for the console KIND."
  (if (member kind '("EMACS" "EMACSM")) 'shell (ctys-terminal-chosen)))

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
      (ctys-console--replace buffer (ctys-console--start name argv backend spec buffer)))))

(defun ctys-console--ours-p (buffer spec)
  "Whether BUFFER is a console of the host in SPEC, so that it may be used again."
  (equal (plist-get (buffer-local-value 'ctys-console-spec buffer) :host)
         (plist-get spec :host)))

(defun ctys-console--replace (old new)
  "Show the console NEW where OLD, which has ended, was shown; return NEW.
OLD is kept to be looked up, not to come back when NEW is killed."
  (when (buffer-live-p old)
    (dolist (window (get-buffer-window-list old 'no-minibuffer t))
      (set-window-buffer window new)
      (set-window-prev-buffers window (assq-delete-all old (window-prev-buffers window))))
    (bury-buffer old))
  new)

(defun ctys-console--start (name argv backend spec &optional old)
  "Run ARGV in a new buffer `*NAME*' by BACKEND, for the console SPEC.
OLD is a buffer of that name whose console has ended; its text is kept."
  (when old
    (with-current-buffer old
      (rename-buffer (generate-new-buffer-name (format "%s ended" (buffer-name))))))
  (let* ((default-directory (expand-file-name "~/"))
         (process-environment (append (ctys-console--environment spec) process-environment))
         (ctys-terminal-shell-mode #'ctys-console-mode)
         (argv (append argv nil))
         (buffer (ctys-terminal-start backend name argv)))
    (with-current-buffer buffer
      (setq ctys-console-spec spec
            ctys-console--program (list name argv backend)
            ctys-keep-window t)
      (setq-local bookmark-make-record-function #'ctys-console--bookmark)
      (add-hook 'kill-buffer-hook #'ctys-console--leave-windows nil t)
      (ctys-terminal-when-ended buffer #'ctys-console-ended-mode)
      ;; It may have been quicker.
      (unless (process-live-p (get-buffer-process buffer)) (ctys-console-ended-mode)))
    buffer))

(defun ctys-console--environment (spec)
  "The `:env' of SPEC as NAME=VALUE."
  (cl-loop for (key value) on (plist-get spec :env) by #'cddr
           collect (format "%s=%s" (substring (symbol-name key) 1) value)))

;;;###autoload
(defun ctys-console-host (host)
  "Open a shell on HOST in a terminal `*HOST*'."
  (interactive "sShell on host: ")
  (let ((kind (if (member ctys-console-kind '("EMACS" "EMACSM")) "EMACS" "EMACSA")))
    (ctys-console-open :kind kind :label host :host host
                       :argv (list (car (ctys-executable)) "console" "--shell" "--kind" kind host))))

;;; Windows of their own

(defun ctys-console--emulator (kind spec)
  "Open the console SPEC in the terminal emulator for KIND, without a display here."
  (if (not (getenv "DISPLAY"))
      (progn
        (ctys-say "there is no DISPLAY for %s: the console opens as EMACSA instead" kind)
        (apply #'ctys-console-open (plist-put (copy-sequence spec) :kind "EMACSA")))
    (let ((default-directory (expand-file-name "~/"))
          (process-environment (append (ctys-console--environment spec) process-environment)))
      (ctys-terminal-in-window kind (plist-get spec :label) (append (plist-get spec :argv) nil)))
    nil))

(defun ctys-console--in-own-window (spec)
  "Start the program of SPEC, which opens a window by itself.
Where that fails the reason is shown."
  (let* ((default-directory (expand-file-name "~/"))
         (process-environment (append (ctys-console--environment spec) process-environment))
         (words (generate-new-buffer " *ctys window*")))
    (make-process
     :name (format "ctys %s" (plist-get spec :kind)) :command (append (plist-get spec :argv) nil)
     :connection-type 'pipe :noquery t :buffer words
     :sentinel (lambda (process _event)
                 (unless (process-live-p process)
                   (unless (zerop (process-exit-status process))
                     (ctys-say "%s" (ctys-console--last-line words)))
                   (kill-buffer words))))
    nil))

(defun ctys-console--last-line (buffer)
  "The last line of BUFFER that is not blank."
  (with-current-buffer buffer
    (string-remove-prefix
     "ctys-ls: " (or (car (last (split-string (buffer-string) "\n" t "[ \t\r]+"))) "it ended without a word"))))

;;; A console that has ended, and the same console in another way

(define-minor-mode ctys-console-ended-mode
  "The keys of a console that has ended.
\\<ctys-console-ended-mode-map>\\[ctys-console-reattach] attaches again, \
\\[ctys-console-close] closes it."
  :lighter " ended"
  :keymap (let ((map (make-sparse-keymap)))
            (define-key map "g" #'ctys-console-reattach)
            (define-key map "q" #'ctys-console-close)
            map)
  (setq buffer-read-only ctys-console-ended-mode
        header-line-format
        (and ctys-console-ended-mode
             (substitute-command-keys
              " This console has ended.  \\<ctys-console-ended-mode-map>\\[ctys-console-reattach] attaches again   \
\\[ctys-console-close] closes it"))))

(defun ctys-console-close ()
  "Close this console that has ended, and its window."
  (interactive)
  (kill-buffer))

(defun ctys-console-reattach (&optional backend)
  "Attach to this buffer's console again, in the same windows.
It is detached first where it is attached still.  BACKEND shows it, by
default the same as before."
  (interactive)
  (pcase-let* ((`(,name ,argv ,before) (or ctys-console--program (user-error "This buffer is no console of ctys")))
               (old (current-buffer)))
    (when-let ((process (get-buffer-process old))) (delete-process process))
    (ctys-console--replace
     old (ctys-console--start name argv (or backend before) ctys-console-spec old))))

(defun ctys-console-as-terminal ()
  "Go on with this console in a terminal, for a menu that wants single keys."
  (interactive)
  (let ((chosen (ctys-terminal-chosen)))
    (ctys-console-reattach (if (eq chosen 'shell) 'ansi-term chosen))))

;;; From the server

(cl-defmethod ctys-notification ((_method (eql 'ctys/consoleReady)) _connection params)
  "Open the console in PARAMS, outside the process filter."
  (run-at-time 0 nil #'ctys-console--ready params))

(defun ctys-console--ready (params)
  "Open the console that PARAMS describes."
  (ctys-server--safely (lambda () (apply #'ctys-console-open params))))

(provide 'ctys-console)
;;; ctys-console.el ends here
