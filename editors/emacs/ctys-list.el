;;; ctys-list.el --- All sessions of all hosts in one live table -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The buffer `*ctys sessions*'.  The server tells what has changed while
;; the table can be seen; rows keep their identity, so that point and
;; marks stay where they are.  A host that does not answer has a row that
;; says since when, why, and what to do.

;;; Code:

(require 'ctys-list-draw)
(require 'ctys-list-acts)
(require 'ctys-guest)
(require 'easymenu)

(defcustom ctys-list-linger 30
  "Seconds for which a table that nobody sees is still kept up to date."
  :type 'number
  :group 'ctys)

(defvar-local ctys-list--connection nil "The connection that keeps this table up to date.")
(defvar-local ctys-list--revision 0 "The newest revision seen.")
(defvar-local ctys-list--asked nil "Whether the answer with all rows is still to come.")
(defvar-local ctys-list--early nil "Changes that came before that answer, newest first.")
(defvar-local ctys-list--hidden-timer nil "The timer that stops the updates of a table nobody sees.")

;;; Kept up to date by the server

(defun ctys-list--take-host (status rows)
  "Note that the host STATUS now has ROWS."
  (let ((host (plist-get status :host)))
    (puthash host status ctys-list--hosts)
    (puthash host (append rows nil) ctys-list--rows)
    (ctys-list--make-entries host)))

(defun ctys-list--take-all (result)
  "Show RESULT, what ctys.sessions has answered."
  (let ((rows (seq-group-by (lambda (row) (plist-get row :host)) (plist-get result :rows))))
    (mapc #'clrhash (list ctys-list--hosts ctys-list--rows ctys-list--entries ctys-list--needed))
    (setq ctys-list--asked nil
          ctys-list--revision (or (plist-get result :revision) 0)
          ctys-list--columns (append (plist-get result :columns) nil))
    (seq-do (lambda (status)
              (ctys-list--take-host status (cdr (assoc (plist-get status :host) rows))))
            (plist-get result :hosts))
    (dolist (change (nreverse ctys-list--early))
      (when (> (plist-get change :revision) ctys-list--revision)
        (ctys-list--take-host (plist-get change :host) (plist-get change :rows))))
    (setq ctys-list--early nil)
    (ctys-list--draw)
    (when (zerop (hash-table-count ctys-list--hosts))
      (ctys-say "no host is known yet: name one in ~/.ssh/config or in `ctys-settings', or ask one by M-x ctys"))))

(cl-defmethod ctys-notification ((_method (eql 'ctys/sessionsChanged)) connection params)
  "Show the rows of a host in PARAMS in the table of CONNECTION."
  (when-let ((buffer (get-buffer "*ctys sessions*")))
    (with-current-buffer buffer
      (when (eq connection ctys-list--connection)
        (if ctys-list--asked
            ;; It is newer than the answer that is still to come.
            (push params ctys-list--early)
          (setq ctys-list--revision (max ctys-list--revision (or (plist-get params :revision) 0)))
          (ctys-list--take-host (plist-get params :host) (plist-get params :rows))
          (ctys-list--draw-soon))))))

(cl-defmethod ctys-notification ((_method (eql 'ctys/hostStatus)) connection params)
  "Show the state of a host in PARAMS in the table of CONNECTION."
  (when-let ((buffer (get-buffer "*ctys sessions*")))
    (with-current-buffer buffer
      (when (and (eq connection ctys-list--connection) (not ctys-list--asked))
        (puthash (plist-get params :host) params ctys-list--hosts)
        (ctys-list--draw-soon)))))

(defun ctys-list--ask (action)
  "Ask for all rows by the ACTION of ctys.sessions."
  (let ((buffer (current-buffer)))
    (setq ctys-list--asked t)
    (ctys-request "ctys.sessions" (list :action action)
                  :connection ctys-list--connection
                  :then (lambda (result)
                          (when (buffer-live-p buffer)
                            (with-current-buffer buffer (ctys-list--take-all result))))
                  :else (lambda (text)
                          (ctys-say "%s" text)
                          (when (buffer-live-p buffer)
                            (with-current-buffer buffer (setq ctys-list--asked nil)))))))

(defun ctys-list--subscribe ()
  "Ask for all rows, and to be told of new ones."
  (setq ctys-list--connection (ctys-connection))
  (ctys-list--ask "subscribe"))

(defun ctys-list--unsubscribe ()
  "Let the server rest."
  (when (ctys-server-live-p ctys-list--connection)
    (ctys-request "ctys.sessions" '(:action "unsubscribe")
                  :connection ctys-list--connection :else #'ignore))
  (setq ctys-list--connection nil))

(defun ctys-list--watch-windows ()
  "Update the table only while it is seen, and a while longer."
  (when-let ((buffer (get-buffer "*ctys sessions*")))
    (with-current-buffer buffer
      (if (get-buffer-window buffer 'visible)
          (progn
            (when ctys-list--hidden-timer
              (cancel-timer ctys-list--hidden-timer)
              (setq ctys-list--hidden-timer nil))
            (unless ctys-list--connection (run-at-time 0 nil #'ctys-list--show-again buffer)))
        (unless (or ctys-list--hidden-timer (null ctys-list--connection))
          (setq ctys-list--hidden-timer
                (run-at-time ctys-list-linger nil #'ctys-list--rest buffer)))))))

(defun ctys-list--show-again (buffer)
  "Subscribe again for BUFFER, which is seen again."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (unless ctys-list--connection
        (ctys-server--safely #'ctys-list--subscribe)))))

(defun ctys-list--rest (buffer)
  "Unsubscribe for BUFFER unless it is seen again."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (setq ctys-list--hidden-timer nil)
      (unless (get-buffer-window buffer 'visible) (ctys-list--unsubscribe)))))

(defun ctys-list--server-ended (connection)
  "Say in the table that CONNECTION has ended, if it is the table's."
  (when-let ((buffer (get-buffer "*ctys sessions*")))
    (with-current-buffer buffer
      (when (eq connection ctys-list--connection)
        ;; Not nil: the table must not start the server again by itself.
        (setq ctys-list--connection 'ended
              mode-line-process (propertize " ctys-ls has ended, g starts it again" 'face 'ctys-failed))
        (force-mode-line-update)
        (ctys-say "ctys-ls has ended, the table is not up to date; g starts it again")))))

(cl-defmethod ctys-connection-live-p ((_connection symbol))
  "What stands for an ended connection is not live."
  nil)

;;; The mode

(defvar ctys-list-mode-map
  (let ((map (make-sparse-keymap)))
    (pcase-dolist (`(,key . ,command)
                   '(("RET" . ctys-list-console) ("c" . ctys-list-create) ("k" . ctys-list-cancel)
                     ("r" . ctys-list-reboot) ("K" . ctys-list-reset) ("R" . ctys-list-rename) ("i" . ctys-guest) ("p" . ctys-list-pause)
                     ("s" . ctys-list-suspend) ("e" . ctys-list-resume)
                     ("m" . ctys-list-mark) ("u" . ctys-list-unmark) ("U" . ctys-list-unmark-all)
                     ("t" . ctys-list-toggle-marks) ("DEL" . ctys-list-unmark-back)
                     ("/" . ctys-list-filter) ("|" . ctys-list-columns) ("v" . ctys-list-screen) ("S" . ctys-list-shell) ("f" . ctys-list-find-conf)
                     ("w" . ctys-list-copy-command) ("$" . ctys-log) ("x" . ctys-cancel-job)
                     ("o" . tabulated-list-sort) ("?" . ctys-list-help)))
      (define-key map (kbd key) command))
    (define-key map [mouse-2] #'ctys-list-console)
    map)
  "Keys of the session table.")

(easy-menu-define nil ctys-list-mode-map "The menu of the session table."
  '("Sessions"
    ["Details" ctys-guest] ["Console" ctys-list-console] ["Screen" ctys-list-screen] ["Create…" ctys-list-create]
    "--"
    ["Power off" ctys-list-cancel] ["Reboot" ctys-list-reboot] ["Reset" ctys-list-reset]
    ["Rename…" ctys-list-rename] ["Pause" ctys-list-pause] ["Suspend" ctys-list-suspend] ["Go on" ctys-list-resume]
    "--"
    ["Configuration file" ctys-list-find-conf] ["Shell on the host" ctys-list-shell] ["Log" ctys-log]
    ["Stop a job" ctys-cancel-job]
    "--"
    ["Mark" ctys-list-mark] ["Unmark" ctys-list-unmark] ["Unmark all" ctys-list-unmark-all]
    ["Filter…" ctys-list-filter] ["Ask all hosts now" revert-buffer]))

(define-derived-mode ctys-list-mode tabulated-list-mode "ctys sessions"
  "All sessions of all hosts.
\\{ctys-list-mode-map}"
  (setq tabulated-list-padding 2
        tabulated-list-printer #'ctys-list--print
        tabulated-list-sort-key '("TCP-container")
        tabulated-list-format (vector '("TCP-container" 18 t))
        ctys-list--hosts (make-hash-table :test #'equal)
        ctys-list--rows (make-hash-table :test #'equal)
        ctys-list--entries (make-hash-table :test #'equal)
        ctys-list--needed (make-hash-table :test #'equal)
        truncate-lines t)
  (tabulated-list-init-header)
  (hl-line-mode)
  (add-hook 'eldoc-documentation-functions #'ctys-list-eldoc nil t)
  (eldoc-mode)
  (setq-local revert-buffer-function #'ctys-list-refresh
              bookmark-make-record-function #'ctys-list--bookmark)
  (add-hook 'window-configuration-change-hook #'ctys-list--watch-windows)
  (add-hook 'ctys-server-ended-functions #'ctys-list--server-ended)
  (add-hook 'kill-buffer-hook #'ctys-list--leave nil t))

(defun ctys-list--leave ()
  "Undo what the table has set up outside its buffer."
  (remove-hook 'window-configuration-change-hook #'ctys-list--watch-windows)
  (remove-hook 'ctys-server-ended-functions #'ctys-list--server-ended)
  (dolist (timer (list ctys-list--hidden-timer ctys-list--draw-timer))
    (when timer (cancel-timer timer)))
  (ctys-list--unsubscribe))

(defun ctys-list--bookmark ()
  "A bookmark that opens the table."
  '("ctys sessions" (handler . ctys-list-bookmark-jump)))

;;;###autoload
(defun ctys-list-bookmark-jump (_bookmark)
  "Open the session table for a bookmark."
  (ctys-list))

;;;###autoload
(defun ctys-list ()
  "Show all sessions of all hosts in one table that follows what happens."
  (interactive)
  (ctys-executable)
  (let ((buffer (get-buffer-create "*ctys sessions*")))
    (with-current-buffer buffer
      (unless (derived-mode-p 'ctys-list-mode) (ctys-list-mode))
      (unless (ctys-server-live-p ctys-list--connection) (ctys-list--subscribe)))
    (pop-to-buffer buffer)))

(defun ctys-list-refresh (&rest _)
  "Ask all hosts now."
  (interactive)
  (if (not (ctys-server-live-p ctys-list--connection))
      (ctys-list--subscribe)
    (ctys-list--ask "refresh")))

(defun ctys-list-filter (regexp)
  "Show only rows that match REGEXP; all of them where it is empty."
  (interactive (list (read-regexp "Show rows matching (empty: all): ")))
  (setq ctys-list--filter (unless (member regexp '(nil "")) regexp))
  (ctys-list--draw))

(defun ctys-list-columns (keys)
  "Show the columns KEYS and no others, now and in later sessions.
Interactively they are asked for, separated by commas; none are all."
  (interactive
   (list (completing-read-multiple
          "Columns (empty: all): "
          (mapcar (lambda (column) (plist-get column :key)) (ctys-list--every-column)) nil t)))
  (let ((all (mapcar (lambda (column) (plist-get column :key)) (ctys-list--every-column))))
    (customize-save-variable 'ctys-list-hidden-columns (and keys (seq-difference all keys))))
  (unless (seq-find (lambda (column) (equal (plist-get column :title) (car tabulated-list-sort-key)))
                    (ctys-list--table-columns))
    (setq tabulated-list-sort-key nil))
  (mapc #'ctys-list--make-entries (hash-table-keys ctys-list--rows))
  (ctys-list--draw))

(provide 'ctys-list)
;;; ctys-list.el ends here
