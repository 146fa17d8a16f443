;;; ctys-guest.el --- One running guest in detail -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The buffer `*ctys guest*': what the host says of one guest at this
;; moment.  Nobody waits for it; it appears when the host has answered.

;;; Code:

(require 'ctys-server)
(require 'ctys-list-acts)

(defvar-local ctys-guest--place nil "Host and label of the guest in this buffer.")

(define-derived-mode ctys-guest-mode special-mode "ctys guest"
  "One running guest in detail; \\<ctys-guest-mode-map>\\[revert-buffer] asks its host again.
\\{ctys-guest-mode-map}"
  (setq truncate-lines t)
  (setq-local revert-buffer-function (lambda (&rest _) (apply #'ctys-guest-show ctys-guest--place))))

(defun ctys-guest ()
  "Show the guest at point in detail."
  (interactive)
  (let ((row (ctys-list--at-point)))
    (unless (and (equal (plist-get row :type) "XEN") (equal (plist-get row :side) "S"))
      (user-error "%s is no guest, there is no more to say" (ctys-list--name row)))
    (ctys-guest-show (plist-get row :host) (plist-get row :label))))

(defun ctys-guest-show (host label)
  "Show the guest LABEL of HOST, as soon as the host has answered."
  (ctys-say "asking %s about %s" host label)
  (ctys-request "ctys.guest" (append (list :host host :label label) (ctys-list--privilege))
                :then (lambda (result) (run-at-time 0 nil #'ctys-guest--show host label result))))

(defun ctys-guest--show (host label result)
  "Show the answer RESULT about the guest LABEL of HOST."
  (if (null (plist-get result :guest))
      (ctys-say "%s" (plist-get result :text))
    (with-current-buffer (get-buffer-create "*ctys guest*")
      (let ((line (line-number-at-pos)) (again (equal ctys-guest--place (list host label))))
        (ctys-guest-mode)
        (setq ctys-guest--place (list host label))
        (let ((inhibit-read-only t))
          (erase-buffer)
          (insert (plist-get result :text) "\n")
          (goto-char (point-min))
          (put-text-property (point) (line-end-position) 'face 'ctys-title)
          (while (re-search-forward "^[A-Z][a-z]+:?" nil t)
            (put-text-property (match-beginning 0) (match-end 0) 'face 'ctys-title))
          (goto-char (point-min))
          (when again (forward-line (1- line)))))
      (display-buffer (current-buffer)))))

(provide 'ctys-guest)
;;; ctys-guest.el ends here
