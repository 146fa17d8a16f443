;;; ctys-vnc.el --- The screen of a guest in a viewer or a browser -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; CONSOLE:VNC.  On a display the viewer opens in a window of its own.
;; Without one, or by `ctys-vnc', the server's program serves the screen
;; as a page on this machine, and the browser shows it.  The buffer
;; `*LABEL VNC*' says how it is; killing it ends the page.

;;; Code:

(require 'ctys-console)
(require 'ctys-console-again)
(require 'browse-url)

(defcustom ctys-vnc-in 'auto
  "Where CONSOLE:VNC shows a guest's screen.
`auto' takes a viewer where there is a display, else the browser."
  :type '(choice (const auto) (const viewer) (const browser))
  :group 'ctys)

(defvar ctys-vnc--browse-next nil
  "Host and label of the screen that was asked for by `ctys-vnc'.")

(defvar-local ctys-vnc--rest "" "The begun line of the page's program.")
(defvar-local ctys-vnc--url nil "The address of the page.")

(define-derived-mode ctys-vnc-mode special-mode "ctys VNC"
  "How the page with a guest's screen is; killing this buffer ends it.
\\{ctys-vnc-mode-map}"
  (setq-local bookmark-make-record-function #'ctys-console--bookmark
              revert-buffer-function #'ctys-vnc--browse)
  (add-hook 'kill-buffer-hook #'ctys-vnc--end nil t))

(defun ctys-vnc--end ()
  "Let the page's program end in order: it does at the end of its input."
  (when-let ((process (get-buffer-process (current-buffer))))
    (when (process-live-p process)
      ;; A process of a killed buffer would be sent a signal.
      (set-process-buffer process nil)
      (process-send-eof process))))

;;;###autoload
(defun ctys-vnc (host label)
  "Show the screen of the guest LABEL on HOST in the browser."
  (interactive (list (read-string "Host: ") (read-string "Guest: ")))
  (setq ctys-vnc--browse-next (cons host label))
  (ctys-job-start "ctys.console" (list :host host :label label :kind "VNC")))

(defun ctys-vnc-open (spec)
  "Show the screen of the console SPEC according to `ctys-vnc-in'.
A screen that `ctys-vnc' has asked for is shown in the browser."
  (let ((asked (equal ctys-vnc--browse-next (cons (plist-get spec :host) (plist-get spec :label)))))
    (when asked (setq ctys-vnc--browse-next nil))
    (if (or asked (eq ctys-vnc-in 'browser)
            (and (eq ctys-vnc-in 'auto)
                 (not (or (getenv "DISPLAY") (getenv "WAYLAND_DISPLAY")))))
        (ctys-vnc--page spec)
      (ctys-console--in-own-window spec))))

(defun ctys-vnc--page (spec)
  "Serve the screen of SPEC as a page and show it; return the page's buffer."
  (let* ((name (format "*%s VNC*" (or (plist-get spec :guestBuffer) (plist-get spec :label))))
         (buffer (get-buffer-create name))
         (process (get-buffer-process buffer)))
    (with-current-buffer buffer
      (if (process-live-p process)
          (ctys-vnc--browse)
        (ctys-vnc-mode)
        (setq ctys-console-spec spec)
        (ctys-vnc--start buffer spec)))
    buffer))

(defun ctys-vnc--start (buffer spec)
  "Start the page's program of SPEC for BUFFER."
  (let ((default-directory (expand-file-name "~/"))
        (process-environment (append (ctys-console--environment spec) process-environment)))
    (make-process :name "ctys VNC" :buffer buffer :command (append (plist-get spec :pageArgv) nil)
                  :connection-type 'pipe :noquery t :coding 'utf-8-unix
                  :filter #'ctys-vnc--filter
                  :sentinel #'ctys-vnc--ended)))

(defun ctys-vnc--filter (process text)
  "Take TEXT that PROCESS has written, one JSON object in a line."
  (when (buffer-live-p (process-buffer process))
    (with-current-buffer (process-buffer process)
      (let ((lines (split-string (concat ctys-vnc--rest text) "\n")))
        (setq ctys-vnc--rest (car (last lines)))
        (dolist (line (butlast lines))
          (ctys-server--safely (lambda () (ctys-vnc--event line))))))))

(defun ctys-vnc--event (line)
  "Note the event in LINE; the first time that the page is ready it is shown."
  (let ((event (and (string-prefix-p "{" line) (json-parse-string line :object-type 'plist))))
    (pcase (plist-get event :event)
      ("ready"
       (let ((first (null ctys-vnc--url)))
         (setq ctys-vnc--url (plist-get event :url))
         (ctys-vnc--note (format "The screen of %s is at " (plist-get event :label)) ctys-vnc--url)
         (when first (ctys-vnc--browse))))
      ((or "lost" "end") (ctys-vnc--note (plist-get event :message) nil))
      (_ (ctys-vnc--note line nil)))))

(defun ctys-vnc--note (text url)
  "Add TEXT, and URL as a button, as a line of this buffer."
  (let ((inhibit-read-only t))
    (save-excursion
      (goto-char (point-max))
      (insert (format-time-string "%T  ") text)
      (when url
        (insert-text-button url 'follow-link t 'action (lambda (_) (ctys-vnc--browse))))
      (insert "\n"))))

(defun ctys-vnc--browse (&rest _)
  "Show the page in the browser."
  (if (member ctys-vnc--url '(nil ""))
      (ctys-say "the screen cannot be shown in a browser here: %s"
                (if ctys-vnc--url "noVNC is not installed (Debian: apt-get install novnc)" "it is not ready yet"))
    ;; Whoever has the address has the screen, so it stays out of the messages.
    (ctys-say "the guest's screen is shown in the browser; its address is in %s" (buffer-name))
    (browse-url ctys-vnc--url)))

(defun ctys-vnc--ended (process _event)
  "Say how the page of PROCESS has ended."
  (when (and (not (process-live-p process)) (buffer-live-p (process-buffer process)))
    (with-current-buffer (process-buffer process)
      (setq ctys-vnc--url nil)
      (unless (zerop (process-exit-status process))
        (let ((words (ctys-console--last-line (current-buffer))))
          (ctys-say "%s" (replace-regexp-in-string "\\`[0-9:]+  " "" words))))
      (ctys-vnc--note "The page has ended." nil))))

(provide 'ctys-vnc)
;;; ctys-vnc.el ends here
