;;; ctys-console-again.el --- Consoles in bookmarks and desktops -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A bookmark of a console holds what names it: kind, host and label.
;; How to get there is asked of the server each time.

;;; Code:

(require 'ctys-console)

(defun ctys-console--named (spec)
  "What of SPEC names the console."
  (cl-loop for key in '(:kind :host :label) append (list key (plist-get spec key))))

(defun ctys-console--bookmark ()
  "A bookmark that opens this buffer's console again."
  (let ((named (ctys-console--named ctys-console-spec)))
    `(,(format "%s on %s" (plist-get named :label) (plist-get named :host))
      (console . ,named)
      (handler . ctys-console-bookmark-jump))))

;;;###autoload
(defun ctys-console-bookmark-jump (bookmark)
  "Open the console of BOOKMARK as soon as its host has answered."
  (ctys-console--ask (alist-get 'console (if (stringp (car bookmark)) (cdr bookmark) bookmark))))

(defun ctys-console--ask (named)
  "Ask the server for the console NAMED by a property list."
  (ctys-job-start "ctys.console" named))

(defun ctys-console--desktop-data (_directory)
  "What of this buffer belongs in a saved desktop."
  (ctys-console--named ctys-console-spec))

;;;###autoload
(defun ctys-console-desktop-restore (_file _name misc)
  "Open again the console that desktop.el has kept in MISC."
  (ctys-console--ask misc)
  nil)

(defvar desktop-buffer-mode-handlers)
;;;###autoload
(with-eval-after-load 'desktop
  (add-to-list 'desktop-buffer-mode-handlers '(ctys-console-mode . ctys-console-desktop-restore)))

(provide 'ctys-console-again)
;;; ctys-console-again.el ends here
