;;; ctys-list-draw.el --- The rows of the session table, and how they are drawn -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; From the rows and host states that the server tells to the lines of
;; the buffer.  Only lines that have changed are drawn again; point and
;; marks stay on their rows.

;;; Code:

(require 'ctys-jobs)
(require 'tabulated-list)

(defcustom ctys-list-widest 32
  "The widest that a column of the table grows."
  :type 'natnum
  :group 'ctys)

(defcustom ctys-list-hidden-columns nil
  "Keys of the columns that the table leaves out, such as \"group\".
The table's columns are those of the server (container, guest, label,
type, side, user, group) and the state."
  :type '(repeat string)
  :group 'ctys)

(defface ctys-running '((t :inherit success)) "A guest that runs." :group 'ctys)
(defface ctys-halted '((t :inherit warning)) "A guest that is paused or going down." :group 'ctys)
(defface ctys-marked '((t :inherit warning)) "A marked row." :group 'ctys)

(defvar-local ctys-list--columns nil "The columns, a list of property lists from the server.")
(defvar-local ctys-list--hosts nil "Host name to its status, a hash table.")
(defvar-local ctys-list--rows nil "Host name to the list of its rows, a hash table.")
(defvar-local ctys-list--entries nil "Host name to the table entries of its rows, a hash table.")
(defvar-local ctys-list--needed nil "Host name to the widths that its entries need, a hash table.")
(defvar-local ctys-list--marks nil "Keys of marked rows.")
(defvar-local ctys-list--filter nil "A regexp; rows that do not match it are hidden.")
(defvar-local ctys-list--draw-timer nil "The timer that is going to draw changes.")

;;; From the server's rows to the table's entries

(defun ctys-list--table-columns ()
  "The columns that are shown, as property lists."
  (let ((all (ctys-list--every-column)))
    ;; A table without a column would show nothing, not even its hosts.
    (or (seq-remove (lambda (column) (member (plist-get column :key) ctys-list-hidden-columns)) all)
        all)))

(defun ctys-list--every-column ()
  "All columns as property lists, with the state as last one."
  (append ctys-list--columns '((:key "state" :title "state" :width 9))))

(defun ctys-list--cell (row column)
  "The text of ROW in COLUMN, a key of the protocol."
  (if (equal column "state")
      (ctys-list--state row)
    ;; As in the printed tables what is empty is a dash.
    (let ((cell (plist-get (plist-get row :cells) (intern (concat ":" column)))))
      (if (member cell '(nil "")) "-" cell))))

(defun ctys-list--state (row)
  "The state of ROW with its face."
  (let ((state (or (plist-get row :state) "")))
    (propertize state 'face (pcase state
                              ((or "running" "blocked") 'ctys-running)
                              ("crashed" 'error)
                              (_ 'ctys-halted)))))

(defun ctys-list--entry (row)
  "The table's entry for ROW."
  (list (plist-get row :key)
        (vconcat (mapcar (lambda (column) (ctys-list--cell row (plist-get column :key)))
                         (ctys-list--table-columns)))))

(defun ctys-list--host-entry (status)
  "The table's entry for the host STATUS."
  (list (cons 'host (plist-get status :host))
        (vconcat (list (ctys-list--cell-of-host status))
                 (make-list (1- (length (ctys-list--table-columns))) ""))))

(defun ctys-list--cell-of-host (status)
  "One line about the host STATUS that has no rows or does not answer."
  (concat (plist-get status :host) "  "
          (pcase (plist-get status :state)
            ("ok" (propertize "no sessions" 'face 'ctys-faint))
            ("pending" (propertize "asking …" 'face 'ctys-faint))
            (_ (propertize (ctys-list--trouble status) 'face 'ctys-failed)))))

(defun ctys-list--trouble (status)
  "What is wrong with the host STATUS: since when, why, and the cure."
  (let ((host (concat (plist-get status :host) ": ")))
    (concat (plist-get status :state) (ctys-list--since status)
            (ctys-list--clause ": " (string-remove-prefix host (or (plist-get status :message) "")))
            (ctys-list--clause ". " (plist-get status :cure)))))

(defun ctys-list--clause (before text)
  "BEFORE and TEXT, or nothing where TEXT is empty."
  (if (member text '(nil "")) "" (concat before (string-trim text "[ \t\n]+" "[ \t\n.]+"))))

(defun ctys-list--since (status)
  "Since when the host STATUS does not answer, as far as that is known."
  (let ((seen (plist-get status :seen)))
    (if (and (numberp seen) (> seen 0))
        (concat " since " (format-time-string "%R" seen))
      "")))

(defun ctys-list--make-entries (host)
  "Make the entries of HOST's rows, and note the widths that they need."
  (puthash host (mapcar #'ctys-list--entry (gethash host ctys-list--rows)) ctys-list--entries)
  (puthash host (ctys-list--widths (gethash host ctys-list--entries)) ctys-list--needed))

(defun ctys-list--row (key)
  "The row whose key is KEY, or nil."
  (seq-some (lambda (rows) (seq-find (lambda (row) (equal key (plist-get row :key))) rows))
            (hash-table-values ctys-list--rows)))

(defun ctys-list--shown-p (entry)
  "Whether ENTRY passes the filter."
  (or (null ctys-list--filter)
      (consp (car entry))
      (string-match-p ctys-list--filter (mapconcat #'identity (cadr entry) " "))))

(defun ctys-list--host-entries (host)
  "The entries of HOST: its rows, and its own line where that is of use."
  (let ((entries (seq-filter #'ctys-list--shown-p (gethash host ctys-list--entries)))
        (status (gethash host ctys-list--hosts)))
    (if (and (equal (plist-get status :state) "ok") (gethash host ctys-list--rows))
        entries
      (cons (ctys-list--host-entry status) entries))))

(defun ctys-list--all-entries ()
  "The entries of all hosts."
  (mapcan #'ctys-list--host-entries (hash-table-keys ctys-list--hosts)))

;;; Drawing

(defun ctys-list--widths (entries)
  "The widths that ENTRIES need, a list."
  (let ((widths (make-list (length (ctys-list--table-columns)) 0)))
    (pcase-dolist (`(,_ ,columns) entries)
      (cl-loop for cell across columns
               for place on widths
               do (setcar place (max (car place) (string-width cell)))))
    widths))

(defun ctys-list--format ()
  "The table's format, each column as wide as its content, within bounds."
  (let ((needed (hash-table-values ctys-list--needed)))
    (vconcat
     (seq-map-indexed
      (lambda (column index)
        (list (plist-get column :title)
              (min ctys-list-widest
                   ;; The sort column's title is followed by a sign.
                   (apply #'max (+ (string-width (plist-get column :title)) (if (zerop index) 4 0))
                          (mapcar (lambda (widths) (nth index widths)) needed)))
              t))
      (ctys-list--table-columns)))))

(defun ctys-list--print (id columns)
  "Insert the entry with ID and COLUMNS."
  (let ((start (point)))
    (if (consp id)
        (progn
          (insert (make-string tabulated-list-padding ?\s) (aref columns 0) "\n")
          (add-text-properties start (point) (list 'tabulated-list-id id 'tabulated-list-entry columns)))
      (tabulated-list-print-entry id columns)
      (put-text-property start (point) 'mouse-face 'highlight)
      (when (member id ctys-list--marks)
        (save-excursion
          (goto-char start)
          (tabulated-list-put-tag (propertize ">" 'face 'ctys-marked)))))))

(defun ctys-list--forget-changed ()
  "Delete the lines whose entry is not what it was, so that they are drawn again."
  (let ((now (make-hash-table :test #'equal))
        (inhibit-read-only t))
    (pcase-dolist (`(,id ,columns) tabulated-list-entries)
      (puthash id columns now))
    (goto-char (point-min))
    (while (not (eobp))
      (if (equal-including-properties (gethash (tabulated-list-get-id) now)
                                      (tabulated-list-get-entry))
          (forward-line 1)
        (delete-region (point) (line-beginning-position 2))))))

(defun ctys-list--draw ()
  "Bring the buffer up to date; point stays on its row in every window."
  (let* (;; Ten thousand lines make so much garbage that collecting it took half the time.
         (gc-cons-threshold (max gc-cons-threshold 64000000))
         (windows (mapcar #'ctys-list--place (get-buffer-window-list nil nil t)))
         (place (ctys-list--place nil))
         (layout (ctys-list--format)))
    (setq tabulated-list-entries (ctys-list--all-entries))
    (if (equal layout tabulated-list-format)
        (progn (ctys-list--forget-changed) (tabulated-list-print nil t))
      (setq tabulated-list-format layout)
      (tabulated-list-init-header)
      (tabulated-list-print))
    (ctys-list--back place)
    (mapc #'ctys-list--back windows)
    (ctys-list--summary)))

(defun ctys-list--draw-soon ()
  "Draw in a moment, once for all that arrives until then."
  (unless ctys-list--draw-timer
    (setq ctys-list--draw-timer (run-at-time 0.05 nil #'ctys-list--draw-now (current-buffer)))))

(defun ctys-list--draw-now (buffer)
  "Draw what has changed in BUFFER."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (when ctys-list--draw-timer
        (cancel-timer ctys-list--draw-timer)
        (setq ctys-list--draw-timer nil)
        (ctys-list--draw)))))

(defun ctys-list--place (window)
  "Where point is in WINDOW, or in the buffer where that is nil."
  (save-excursion
    (when window (goto-char (window-point window)))
    (list window (tabulated-list-get-id) (line-number-at-pos) (current-column)
          (and window (count-screen-lines (window-start window) (line-beginning-position) nil window)))))

(defun ctys-list--back (place)
  "Go back to PLACE: the same row, or the line where it was."
  (pcase-let ((`(,window ,id ,line ,column ,above) place))
    (unless (and window (not (window-live-p window)))
      (save-excursion
        (goto-char (point-min))
        (if-let ((found (and id (text-property-any (point-min) (point-max) 'tabulated-list-id id))))
            (goto-char found)
          (when-let ((near (and id (ctys-list--find id)))) (goto-char near) (setq id nil))
          (when id (forward-line (1- line))))
        (when (and (eobp) (not (bobp))) (forward-line -1))
        (move-to-column column)
        (let ((there (point)))
          (if (null window)
              (setq place there)
            (set-window-point window there)
            (forward-line (- (or above 0)))
            (set-window-start window (line-beginning-position) t))))
      (when (integerp place) (goto-char place)))))

(defun ctys-list--find (id)
  "The start of the line with ID, compared by content."
  (save-excursion
    (goto-char (point-min))
    (while (and (not (eobp)) (not (equal id (tabulated-list-get-id)))) (forward-line 1))
    (and (not (eobp)) (point))))

(defun ctys-list--summary ()
  "Say in the mode line how many hosts and sessions there are."
  (let* ((states (mapcar (lambda (status) (plist-get status :state)) (hash-table-values ctys-list--hosts)))
         (bad (seq-count (lambda (state) (member state '("unreachable" "failed"))) states)))
    (setq mode-line-process
          (list (format " %d host%s" (length states) (if (= 1 (length states)) "" "s"))
                (if (> bad 0) (propertize (format ", %d in trouble" bad) 'face 'ctys-failed) "")
                (if ctys-list--filter (format " /%s/" ctys-list--filter) "")))
    (force-mode-line-update)))

(defun ctys-list-eldoc (&rest _)
  "What the line at point has no room for, for `eldoc-documentation-functions'."
  (let* ((id (tabulated-list-get-id))
         (status (and (consp id) (gethash (cdr id) ctys-list--hosts)))
         (row (and (stringp id) (ctys-list--row id))))
    (cond
     ((member (plist-get status :state) '("unreachable" "failed"))
      (format "%s %s" (cdr id) (ctys-list--trouble status)))
     (row (string-join (delq nil (list (format "%s on %s" (plist-get row :label) (plist-get row :host))
                                       (let ((conf (plist-get row :conf)))
                                         (unless (member conf '(nil "")) conf))))
                       ": ")))))

(provide 'ctys-list-draw)
;;; ctys-list-draw.el ends here
