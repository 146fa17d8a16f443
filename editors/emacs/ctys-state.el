;;; ctys-state.el --- A guest's state beside its name -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; What the server says of the guest that a file configures is shown
;; behind the file's name line: on which hosts it runs, and since when.

;;; Code:

(require 'ctys-server)

(defface ctys-state '((t :inherit shadow :slant italic))
  "The state of a guest behind its name." :group 'ctys)

(defvar-local ctys-state--overlay nil "The overlay behind the name line.")

(cl-defmethod ctys-notification ((_method (eql 'ctys/fileState)) _connection params)
  "Show the states in PARAMS in the buffer of their file."
  (when-let ((buffer (ctys-state--buffer (plist-get params :uri))))
    (with-current-buffer buffer
      (ctys-state--show (plist-get params :states)))))

(defun ctys-state--buffer (uri)
  "The buffer that visits URI."
  (and (string-prefix-p "file://" uri)
       (get-file-buffer (decode-coding-string (url-unhex-string (substring uri 7)) 'utf-8))))
(declare-function url-unhex-string "url-util" (str &optional allow-newlines))
(autoload 'url-unhex-string "url-util")

(defun ctys-state--show (states)
  "Show STATES behind the line that names the guest."
  (when (overlayp ctys-state--overlay) (delete-overlay ctys-state--overlay))
  (setq ctys-state--overlay nil)
  (unless (seq-empty-p states)
    (save-excursion
      (goto-char (point-min))
      (when (re-search-forward "^[ \t]*name[ \t]*=" nil t)
        (let ((end (line-end-position)))
          (setq ctys-state--overlay (make-overlay end end nil t))
          (overlay-put ctys-state--overlay 'after-string
                       (propertize (concat "   ● " (mapconcat #'ctys-state--text states ", "))
                                   'face 'ctys-state)))))))

(defun ctys-state--text (state)
  "STATE in words."
  (let ((since (plist-get state :since)))
    (concat (plist-get state :state) " on " (plist-get state :host)
            (if (numberp since) (format-time-string " since %F %R" since) ""))))

(provide 'ctys-state)
;;; ctys-state.el ends here
