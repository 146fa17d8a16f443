;;; ctys-server.el --- The connection to ctys-ls -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; One way to the language server for everything that is not a file:
;; a server that eglot or lsp-mode runs already is shared, else one is
;; started here.  Requests are asynchronous; nothing in this file waits
;; for a host.  What the messages mean is in docs/protocol.md.

;;; Code:

(require 'cl-lib)
(require 'eieio)
(require 'jsonrpc)
(require 'seq)
(require 'subr-x)

(defgroup ctys nil
  "Sessions of virtual machines on many hosts."
  :group 'tools
  :prefix "ctys-")

(defcustom ctys-server-command '("ctys-ls" "--stdio")
  "The program that serves everything, with its arguments."
  :type '(repeat string)
  :risky t)

(defcustom ctys-settings nil
  "Settings of ctys-ls as a property list, see docs/settings.md.
For example (:readOnly t :hosts [\"lab00\" \"lab01\"])."
  :type '(plist :key-type symbol :value-type sexp)
  :risky t)

(defcustom ctys-answer-timeout 10
  "Seconds after which a silent ctys-ls is reported.
Only the server itself is meant, which answers at once; how long a
host may take is a setting of the server."
  :type 'number)

(defconst ctys-protocol-version 1
  "The version of docs/protocol.md that this client speaks.")

(defvar ctys-server-ended-functions nil
  "Functions called with a connection that has ended.")

;;; Messages to the user

(defun ctys-say (format &rest arguments)
  "Tell the user FORMAT with ARGUMENTS in one line that begins with ctys."
  (message "ctys: %s" (apply #'format-message format arguments)))

(defun ctys-options ()
  "The initializationOptions for ctys-ls."
  (append '(:prompt t) ctys-settings))

(defun ctys-executable ()
  "The server's command with the full path of its program.
Signal a `user-error' that says what to do where there is none."
  (let* ((default-directory temporary-file-directory)
         (program (car ctys-server-command))
         (path (and (stringp program) (executable-find program))))
    (unless path
      (user-error "The program %s is not on PATH: install the Python package ctys-ls, \
or name the program in `ctys-server-command'" (or program "ctys-ls")))
    (cons path (cdr ctys-server-command))))

;;; Questions that are answered later

;; jsonrpc answers a request with what the handler returns, and up to
;; Emacs 29 it calls the handler in the process filter, in which a
;; minibuffer must not be opened: messages that arrive meanwhile are lost.
;; So the handler returns a `ctys-later', which is not sent, and
;; the answer follows when the user has given it.

(cl-defstruct ctys-later "An answer that is not known yet; ID is the request's." id)

(defclass ctys-peer () ()
  "What eglot's connection and our own have in common."
  :abstract t)

(defvar ctys-server--shared nil
  "Live connections of eglot and lsp-mode, newest first.")

(defun ctys-server-share (connection)
  "Let everything use CONNECTION, which another package has opened."
  (cl-pushnew connection ctys-server--shared))

(cl-defmethod jsonrpc-connection-send :around
  ((connection ctys-peer) &rest arguments &key id method params result &allow-other-keys)
  "Hold back a `ctys-later' of CONNECTION, and say what language a file is in.
ARGUMENTS are those of the method proper; ID, METHOD, PARAMS and RESULT
are picked from them."
  (cond
   ((ctys-later-p result) (setf (ctys-later-id result) id))
   (t
    ;; Eglot before 1.10 gives all files the language of the first one.
    (when-let* ((document (and (eq method :textDocument/didOpen) (plist-get params :textDocument)))
                (language (get major-mode 'eglot-language-id)))
      (plist-put document :languageId language))
    (apply #'cl-call-next-method connection arguments)
    (when (memq method '(initialized :initialized))
      (ctys-server-share connection)))))

(defun ctys-server-question (connection params)
  "Put the question PARAMS of CONNECTION to the user soon; return a `ctys-later'."
  (let ((later (make-ctys-later)))
    (run-at-time 0 nil #'ctys-server--ask params
                 (lambda (answer)
                   (when (jsonrpc-running-p connection)
                     (ctys-server--unlogged
                      (lambda ()
                        (jsonrpc-connection-send connection :id (ctys-later-id later)
                                                 :result answer))))))
    later))

(defvar jsonrpc-event-hook)

(defun ctys-server--unlogged (send)
  "Call SEND; what it sends may be secret and stays out of the events buffer."
  ;; Up to Emacs 29 a function keeps the log, from Emacs 30 on a hook does.
  (let ((jsonrpc-event-hook nil))
    (cl-letf (((symbol-function 'jsonrpc--log-event) #'ignore))
      (funcall send))))

(defun ctys-server--ask (params callback)
  "Ask the question PARAMS of ctys/prompt, call CALLBACK with the result object."
  (let ((answer nil)
        (enable-recursive-minibuffers t))
    (condition-case nil
        (setq answer (ctys-server--read-answer params))
      (quit nil))
    (funcall callback (list :v ctys-protocol-version :answer answer))
    (when (and (stringp answer) (eq (plist-get params :secret) t))
      (clear-string answer))))

(defun ctys-server--read-answer (params)
  "Read the answer to PARAMS in the minibuffer; nil is no."
  (let* ((detail (or (plist-get params :detail) ""))
         (prompt (concat (plist-get params :text)
                         (unless (string-empty-p detail) (concat "\n" detail))
                         "\n")))
    (pcase (plist-get params :kind)
      ((or "password" "passphrase")
       (read-passwd (concat (string-trim (plist-get params :text)) " ")))
      (_ (and (yes-or-no-p prompt) "yes")))))

;;; Our own connection

(defclass ctys-own-connection (jsonrpc-process-connection ctys-peer)
  ((ready :initform nil :documentation "t once the server has said what it can do, `given-up' if that is too little.")
   (queue :initform nil :documentation "What waits for that: pairs of a function to call, and one for the refusal."))
  "A ctys-ls that no file needs.")

(defvar ctys-server--own nil "The `ctys-own-connection', or nil.")

(defun ctys-server-live-p (connection)
  "Whether CONNECTION can be used."
  (and connection (ctys-connection-live-p connection)))

(cl-defgeneric ctys-connection-live-p (connection)
  "Whether the server behind CONNECTION is alive.")

(cl-defmethod ctys-connection-live-p ((connection jsonrpc-process-connection))
  "Whether the process of CONNECTION is alive."
  (jsonrpc-running-p connection))

(cl-defgeneric ctys-connection-call (connection method params success failure)
  "Send request METHOD with PARAMS over CONNECTION.
Later SUCCESS is called with the result, or FAILURE with a sentence.")

(cl-defmethod ctys-connection-call
  ((connection jsonrpc-process-connection) method params success failure)
  "Send METHOD and PARAMS over CONNECTION; SUCCESS or FAILURE is called later."
  (jsonrpc-async-request
   connection method params
   :success-fn success
   :error-fn (lambda (failed) (funcall failure (ctys-server--error-text failed)))
   :timeout-fn (lambda ()
                 (funcall failure (format "ctys-ls has not answered for %s s; \
M-x ctys-server-restart starts it again" ctys-answer-timeout)))
   :timeout ctys-answer-timeout))

(defun ctys-server--error-text (failed)
  "The sentence in the JSON-RPC error object FAILED."
  (if (eql (plist-get failed :code) -1)
      "ctys-ls has ended unexpectedly; the next command starts it again"
    (or (plist-get failed :message) "ctys-ls refused without a reason")))

(defun ctys-connection ()
  "A live connection; one is started where there is none."
  (setq ctys-server--shared (seq-filter #'ctys-server-live-p ctys-server--shared))
  (cond
   ((ctys-server-live-p ctys-server--own) ctys-server--own)
   (ctys-server--shared (car ctys-server--shared))
   (t (setq ctys-server--own (ctys-server--start)))))

(defun ctys-server--log-size (size)
  "What limits jsonrpc's log of a connection to SIZE characters.
The old name of it is a warning in a window since Emacs 30."
  (if (slot-exists-p 'jsonrpc-connection '-events-buffer-config)
      (list :events-buffer-config (list :size size :format 'full))
    (list :events-buffer-scrollback-size size)))

(defun ctys-server--start ()
  "Start ctys-ls and shake hands with it; what is asked meanwhile waits in a queue."
  (let* ((command (ctys-executable))
         (default-directory (expand-file-name "~/"))
         (connection
          (apply
           #'make-instance 'ctys-own-connection
           :name "ctys-ls"
           :notification-dispatcher
           (lambda (connection method params) (ctys-server-notified connection method params))
           :request-dispatcher #'ctys-server--requested
           :on-shutdown #'ctys-server--ended
           :process (lambda ()
                      (make-process
                       :name "ctys-ls" :command command :connection-type 'pipe
                       :coding 'utf-8-emacs-unix :noquery t
                       :stderr (get-buffer-create "*ctys-ls stderr*")))
           (ctys-server--log-size 200000))))
    (ctys-connection-call
     connection :initialize
     (list :processId (emacs-pid)
           :clientInfo (list :name "Emacs ctys" :version emacs-version)
           :rootUri nil
           :capabilities '(:general (:positionEncodings ["utf-16"])
                           :workspace (:executeCommand (:dynamicRegistration :json-false)))
           :initializationOptions (ctys-options))
     (lambda (result) (ctys-server--ready connection result))
     (lambda (text) (ctys-server--give-up connection text)))
    connection))

(defun ctys-server--ready (connection result)
  "Note that CONNECTION has answered initialize with RESULT; send what waited."
  (let* ((commands (plist-get (plist-get (plist-get result :capabilities) :executeCommandProvider)
                              :commands))
         (info (plist-get result :serverInfo)))
    (if (not (seq-contains-p commands "ctys.sessions"))
        (ctys-server--give-up
         connection
         (format "%s answers as %s %s, which does not know ctys.sessions: install the ctys-ls \
that belongs to this ctys.el" (car ctys-server-command)
         (or (plist-get info :name) "an unnamed server") (or (plist-get info :version) "")))
      (jsonrpc-notify connection :initialized (make-hash-table))
      (oset connection ready t)
      (let ((queue (reverse (oref connection queue))))
        (oset connection queue nil)
        (pcase-dolist (`(,send . ,_failure) queue) (funcall send))))))

(defun ctys-server--give-up (connection text)
  "End CONNECTION that cannot be used, for the reason TEXT.
Where it has ended by itself, that is explained elsewhere."
  (when (and (jsonrpc-running-p connection) (null (oref connection ready)))
    (oset connection ready 'given-up)
    (ctys-server--refuse connection text)
    (run-at-time 0 nil (lambda () (ignore-errors (jsonrpc-shutdown connection))))))

(defun ctys-server--refuse (connection text)
  "Tell the user and all who wait for CONNECTION TEXT, why it does not come."
  (let ((queue (oref connection queue)))
    (oset connection queue nil)
    (pcase-dolist (`(,_send . ,failure) (reverse queue)) (funcall failure text)))
  (ctys-say "%s" text))

(defun ctys-server--ended (connection)
  "Note that CONNECTION has ended; explain it where it had not even begun."
  (when (eq connection ctys-server--own)
    (setq ctys-server--own nil)
    (unless (oref connection ready) (ctys-server--explain-end connection 20)))
  (run-hook-with-args 'ctys-server-ended-functions connection))

(defun ctys-server--explain-end (connection patience)
  "Say with what last words CONNECTION has ended.
They may come later than the end; PATIENCE tenths of a second are spent on them."
  (if (and (> patience 0)
           (process-live-p (get-buffer-process (jsonrpc-stderr-buffer connection))))
      (run-at-time 0.1 nil #'ctys-server--explain-end connection (1- patience))
    (let ((words (ctys-server--last-words connection)))
      (ctys-server--refuse
       connection
       (format "%s ended at once%s; try it in a terminal: %s"
               (car ctys-server-command)
               (if (string-empty-p words) "" (format " (%s)" words))
               (string-join (append (butlast ctys-server-command) '("--version")) " "))))))

(defun ctys-server--last-words (connection)
  "The last line that the server of CONNECTION wrote to its standard error."
  (let ((buffer (ignore-errors (jsonrpc-stderr-buffer connection))))
    (if (not (buffer-live-p buffer)) ""
      (with-current-buffer buffer
        (or (car (last (seq-remove
                        ;; Emacs writes into the same buffer that the pipe has ended.
                        (lambda (line) (string-prefix-p "Process ctys-ls stderr " line))
                        (split-string (buffer-string) "\n" t "[ \t\r]+"))))
            "")))))

;;;###autoload
(defun ctys-server-restart ()
  "End the server of ctys; the next command will start it again."
  (interactive)
  (if (not (ctys-server-live-p ctys-server--own))
      (ctys-say "no server of ctys runs; one that eglot runs is restarted by M-x eglot-reconnect")
    (let ((connection ctys-server--own))
      (oset connection ready 'given-up)
      (delete-process (jsonrpc--process connection))
      (ctys-say "ctys-ls ended; the next command starts it again"))))

;;; Requests and what the server sends by itself

(cl-defun ctys-request (command argument &key then else (connection (ctys-connection)))
  "Run the server's COMMAND with the property list ARGUMENT.
Return at once.  Later THEN is called with the result, or ELSE with a
sentence, which without ELSE is shown.  CONNECTION is used."
  (let* ((buffer (current-buffer))
         (failure (or else (lambda (text) (ctys-say "%s" text))))
         (params (list :command command
                       :arguments (vector (append argument (list :v ctys-protocol-version)))))
         (send (lambda ()
                 (ctys-connection-call
                  connection :workspace/executeCommand params
                  (lambda (result) (ctys-server--answered result then failure buffer))
                  failure))))
    (if (and (ctys-own-connection-p connection) (not (oref connection ready)))
        (push (cons send failure) (oref connection queue))
      (funcall send))))

(defun ctys-server--answered (result then failure buffer)
  "Give RESULT to THEN in BUFFER, or to FAILURE where it is of another version."
  (let ((version (plist-get result :v)))
    (cond
     ((not (eql version ctys-protocol-version))
      (funcall failure (format "ctys-ls speaks version %s of the protocol, this ctys.el version %s: \
update the older of the two" (or version "?") ctys-protocol-version)))
     (then
      (with-current-buffer (if (buffer-live-p buffer) buffer (current-buffer))
        (ctys-server--safely (lambda () (funcall then result))))))))

(defun ctys-server--safely (function)
  "Call FUNCTION; an error in it becomes a sentence, not a backtrace in a filter."
  (condition-case-unless-debug failed
      (funcall function)
    (error (ctys-say "%s" (error-message-string failed)))))

(cl-defgeneric ctys-notification (_method _connection _params)
  "Handle the notification METHOD (a symbol) of CONNECTION with PARAMS."
  nil)

(defun ctys-server-notified (connection method params)
  "Give notification METHOD of CONNECTION with PARAMS to who handles it."
  (ctys-server--safely (lambda () (ctys-notification method connection params))))

(defun ctys-server--requested (connection method params)
  "Answer request METHOD of CONNECTION with PARAMS."
  (pcase method
    ('ctys/prompt (ctys-server-question connection params))
    ('window/showMessageRequest nil)
    (_ (jsonrpc-error :code -32601 :message (format "Emacs does not know %s" method)))))

(cl-defmethod ctys-notification ((_method (eql 'window/showMessage)) _connection params)
  "Show the message in PARAMS."
  (ctys-say "%s" (plist-get params :message)))

;;; UTF-16, the unit of the protocol's columns

(defun ctys-utf16 (text)
  "The length of TEXT in UTF-16 units."
  (+ (length text) (seq-count (lambda (char) (> char #xffff)) text)))

(defun ctys-from-utf16 (text units)
  "The index into TEXT that is UNITS UTF-16 units from its start."
  (let ((index 0))
    (while (and (> units 0) (< index (length text)))
      (setq units (- units (if (> (aref text index) #xffff) 2 1))
            index (1+ index)))
    index))

(provide 'ctys-server)
;;; ctys-server.el ends here
