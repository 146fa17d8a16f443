;;; ctys-eglot.el --- ctys-ls as a server of eglot -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Loaded when eglot starts ctys-ls for a file.  The connection that
;; eglot opens is shared: the session table, consoles and command lines
;; use it too.

;;; Code:

(require 'eglot)
(require 'ctys-server)
(require 'ctys-jobs)
(require 'ctys-console)
(require 'ctys-state)

(defclass ctys-eglot-server (eglot-lsp-server ctys-peer) ()
  "Eglot's connection to ctys-ls.")

(cl-defmethod eglot-initialization-options ((_server ctys-eglot-server))
  "Tell ctys-ls that questions can be put to the user."
  (ctys-options))

(cl-defmethod eglot-handle-notification :around
  ((server ctys-eglot-server) method &rest params)
  "Give METHOD of SERVER with PARAMS to ctys if it begins with ctys/."
  (if (string-prefix-p "ctys/" (symbol-name method))
      (ctys-server-notified server method params)
    (cl-call-next-method)))

(cl-defmethod eglot-handle-request
  ((server ctys-eglot-server) (_method (eql 'ctys/prompt)) &rest params)
  "Put the question PARAMS of SERVER to the user."
  (ctys-server-question server params))

(cl-defmethod initialize-instance :after ((connection ctys-eglot-server) &rest _)
  "Tell the users of CONNECTION when its server ends, by itself or not."
  (add-function :after (process-sentinel (jsonrpc--process connection))
                (lambda (process _event)
                  (unless (process-live-p process)
                    (run-hook-with-args 'ctys-server-ended-functions connection)))))

(provide 'ctys-eglot)
;;; ctys-eglot.el ends here
