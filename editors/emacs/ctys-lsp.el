;;; ctys-lsp.el --- ctys-ls as a client of lsp-mode -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Loaded with lsp-mode.  Its connection is shared like eglot's.

;;; Code:

(require 'lsp-mode)
(require 'ctys-server)
(require 'ctys-jobs)
(require 'ctys-console)
(require 'ctys-state)

(defun ctys-lsp--plist (value)
  "VALUE, JSON from lsp-mode, with property lists for objects."
  (cond
   ((hash-table-p value)
    (let (plist)
      (maphash (lambda (key item)
                 (push (if (keywordp key) key (intern (format ":%s" key))) plist)
                 (push (ctys-lsp--plist item) plist))
               value)
      (nreverse plist)))
   ((vectorp value) (vconcat (mapcar #'ctys-lsp--plist value)))
   (t value)))

(cl-defmethod ctys-connection-live-p ((workspace lsp--workspace))
  "Whether the server of WORKSPACE is alive."
  (eq (lsp--workspace-status workspace) 'initialized))

(cl-defmethod ctys-connection-call ((workspace lsp--workspace) method params success failure)
  "Send METHOD and PARAMS to WORKSPACE; SUCCESS or FAILURE is called later."
  (with-lsp-workspace workspace
    (lsp-request-async (string-remove-prefix ":" (symbol-name method)) params
                       (lambda (result) (funcall success (ctys-lsp--plist result)))
                       :error-handler
                       (lambda (failed)
                         (funcall failure (ctys-server--error-text (ctys-lsp--plist failed))))
                       :mode 'detached)))

(defun ctys-lsp--handlers ()
  "Handlers for the notifications of docs/protocol.md."
  (let ((handlers (make-hash-table :test #'equal)))
    (dolist (method '(ctys/job ctys/sessionsChanged ctys/consoleReady ctys/hostStatus ctys/fileState))
      (puthash (symbol-name method)
               (lambda (workspace params)
                 (ctys-server-notified workspace method (ctys-lsp--plist params)))
               handlers))
    handlers))

(defun ctys-lsp--question (_workspace params callback)
  "Put the question PARAMS to the user and give the answer to CALLBACK."
  (run-at-time 0 nil #'ctys-server--ask (ctys-lsp--plist params) callback))

(defun ctys-lsp-register ()
  "Tell lsp-mode of ctys-ls."
  (add-hook 'lsp-after-uninitialized-functions
            (lambda (workspace) (run-hook-with-args 'ctys-server-ended-functions workspace)))
  (add-to-list 'lsp-language-id-configuration '(ctys-xenconf-mode . "xenconf"))
  (add-to-list 'lsp-language-id-configuration '(ctys-mode . "ctys"))
  (lsp-register-client
   (make-lsp-client
    :new-connection (lsp-stdio-connection (lambda () ctys-server-command))
    :major-modes '(ctys-xenconf-mode ctys-mode)
    :server-id 'ctys-ls
    :initialization-options #'ctys-options
    :notification-handlers (ctys-lsp--handlers)
    :async-request-handlers (let ((handlers (make-hash-table :test #'equal)))
                              (puthash "ctys/prompt" #'ctys-lsp--question handlers)
                              handlers)
    :initialized-fn #'ctys-server-share)))

(provide 'ctys-lsp)
;;; ctys-lsp.el ends here
