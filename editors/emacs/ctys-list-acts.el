;;; ctys-list-acts.el --- What can be done with rows of the session table -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Marks, and the acts on marked rows or on the row at point.  An act
;; that stops a guest asks first and names what it would stop.

;;; Code:

(require 'ctys-list-draw)
(require 'ctys-console)

(declare-function ctys-list-menu "ctys-menu" ())
(declare-function ctys "ctys" (line &optional plan))
(declare-function ctys-read-line "ctys-read" (&optional initial))
(declare-function ctys-run "ctys" (line))

(defcustom ctys-privilege nil
  "How acts from the table may raise rights on a host, as the option -Z."
  :type '(set (const "KSU") (const "SUDO"))
  :group 'ctys)

;;; Marks

(defun ctys-list--lines (function)
  "Call FUNCTION on each line of the active region.
Without one call it on this line and go to the next."
  (if (use-region-p)
      (let ((end (copy-marker (region-end))))
        (save-excursion
          (goto-char (region-beginning))
          (beginning-of-line)
          (while (< (point) end) (funcall function) (forward-line 1)))
        (deactivate-mark))
    (funcall function)
    (forward-line 1)))

(defun ctys-list--set-mark (marked)
  "Mark this row if MARKED, else unmark it."
  (when-let ((key (tabulated-list-get-id)))
    (when (stringp key)
      (setq ctys-list--marks (remove key ctys-list--marks))
      (when marked (push key ctys-list--marks))
      (tabulated-list-put-tag (if marked (propertize ">" 'face 'ctys-marked) " ")))))

(defun ctys-list-mark ()
  "Mark the row at point, or all rows of the region."
  (interactive)
  (ctys-list--lines (lambda () (ctys-list--set-mark t))))

(defun ctys-list-unmark ()
  "Remove the mark of the row at point, or of all rows of the region."
  (interactive)
  (ctys-list--lines (lambda () (ctys-list--set-mark nil))))

(defun ctys-list-unmark-back ()
  "Go to the row before and remove its mark."
  (interactive)
  (forward-line -1)
  (ctys-list--set-mark nil))

(defun ctys-list--each-line (function)
  "Call FUNCTION on every line."
  (save-excursion
    (goto-char (point-min))
    (while (not (eobp)) (funcall function) (forward-line 1))))

(defun ctys-list-unmark-all ()
  "Unmark all rows, also hidden ones."
  (interactive)
  (ctys-list--each-line (lambda () (ctys-list--set-mark nil)))
  (setq ctys-list--marks nil))

(defun ctys-list-toggle-marks ()
  "Mark what is not marked, and the other way round."
  (interactive)
  (ctys-list--each-line
   (lambda () (ctys-list--set-mark (not (member (tabulated-list-get-id) ctys-list--marks))))))

;;; What an act is about

(defun ctys-list--at-point ()
  "The row at point."
  (let ((key (tabulated-list-get-id)))
    (or (and (stringp key) (ctys-list--row key))
        (user-error "There is no session on this line"))))

(defun ctys-list--chosen ()
  "The marked rows, or the row at point where none is marked."
  (or (delq nil (mapcar #'ctys-list--row (reverse ctys-list--marks)))
      (list (ctys-list--at-point))))

(defun ctys-list--guest-p (row)
  "Whether ROW is a guest, not a host, a viewer or a tunnel."
  (and (equal (plist-get row :type) "XEN")
       (equal (plist-get row :side) "S")
       (not (equal (plist-get row :label) "Domain-0"))))

(defun ctys-list--client-p (row)
  "Whether ROW is a console, a viewer or a tunnel."
  (member (plist-get row :side) '("C" "T")))

(defun ctys-list--name (row)
  "ROW as label and host."
  (format "%s on %s" (plist-get row :label) (plist-get row :host)))

(defun ctys-list--guests ()
  "The guests among the chosen rows; what is left out is named."
  (let* ((chosen (ctys-list--chosen))
         (guests (seq-filter #'ctys-list--guest-p chosen))
         (others (seq-difference chosen guests #'eq)))
    (unless guests
      (user-error "%s is no guest: only rows of type XEN, side S, other than Domain-0, can be stopped"
                  (mapconcat #'ctys-list--name others ", ")))
    (when others
      (ctys-say "left out, no guests: %s" (mapconcat #'ctys-list--name others ", ")))
    guests))

(defun ctys-list--targets (guests)
  "GUESTS as targets of ctys.cancel."
  (vconcat (mapcar (lambda (row)
                     (list :host (plist-get row :host)
                           :address (list :label (plist-get row :label))))
                   guests)))

(defun ctys-list--privilege ()
  "The privilege field of a command, where the user has chosen one."
  (and ctys-privilege (list :privilege (vconcat ctys-privilege))))

(defun ctys-list--stop (verb method &optional delay force)
  "Ask whether to VERB the chosen guests, then cancel them by METHOD.
DELAY in seconds and FORCE are those of the CANCEL action."
  (let ((guests (ctys-list--guests)))
    (when (ctys-list--sure-p verb guests)
      (ctys-job-start "ctys.cancel"
                      (append (list :targets (ctys-list--targets guests) :method method :confirmed t)
                              (and delay (list :delay delay))
                              (and force (list :force t))
                              (ctys-list--privilege))))))

(defun ctys-list--sure-p (verb guests &optional noun)
  "Whether the user wants to VERB the GUESTS, which are all named.
NOUN is what several of them are called where that is not guests."
  (let ((names (mapconcat #'ctys-list--name guests ", ")))
    (if (cdr guests)
        (yes-or-no-p (format "%s %d %s (%s)? " verb (length guests) (or noun "guests") names))
      (y-or-n-p (format "%s %s? " verb names)))))

;;; The acts

(defun ctys-list-cancel (&optional ask)
  "Power off the chosen guests: shut down, wait, destroy.
With a prefix argument ASK for the seconds to wait and for force.
Where only consoles, viewers and tunnels are chosen, end those."
  (interactive "P")
  (cond
   ((seq-every-p #'ctys-list--client-p (ctys-list--chosen)) (ctys-list--end-clients))
   (ask
    (let ((delay (read-number "Seconds to wait before it is destroyed: " 20)))
      (ctys-list--stop "Power off" "POWEROFF" delay (y-or-n-p "Leave the guest itself alone (FORCE)? "))))
   (t (ctys-list--stop "Power off" "POWEROFF"))))

(defun ctys-list--end-clients ()
  "Ask whether to end the chosen consoles, viewers and tunnels, then do."
  (let ((rows (ctys-list--chosen)))
    (when (ctys-list--sure-p "End the client" rows "clients")
      (ctys-request "ctys.endClients" (list :keys (vconcat (mapcar (lambda (row) (plist-get row :key)) rows)))
                    :then (lambda (result)
                            (let ((left (length (plist-get result :left))))
                              (ctys-say "%d ended%s" (length (plist-get result :ended))
                                        (if (zerop left) ""
                                          (format ", %d left: started elsewhere, or gone" left)))))))))

(defun ctys-list-reboot ()
  "Reboot the chosen guests."
  (interactive)
  (ctys-list--stop "Reboot" "REBOOT"))

(defun ctys-list-reset ()
  "Reset the chosen guests, as their reset button would."
  (interactive)
  (ctys-list--stop "Reset" "RESET"))

(defun ctys-list-pause ()
  "Pause the chosen guests; \\<ctys-list-mode-map>\\[ctys-list-resume] continues them."
  (interactive)
  (ctys-list--stop "Pause" "PAUSE"))

(defun ctys-list-suspend ()
  "Save the chosen guests to disk; \\<ctys-list-mode-map>\\[ctys-list-resume] continues them."
  (interactive)
  (ctys-list--stop "Suspend" "SUSPEND"))

(defun ctys-list-resume ()
  "Let the chosen guests go on after a pause."
  (interactive)
  (dolist (row (ctys-list--guests))
    (ctys-job-start "ctys.create"
                    (append (list :host (plist-get row :host)
                                  :address (list :label (plist-get row :label))
                                  :attach "RESUME" :console "NONE")
                            (ctys-list--privilege)))))

(defvar ctys-list--name-history nil "Names that guests were given.")

(defun ctys-list-rename (to)
  "Call the running guest at point TO, without touching its file."
  (interactive
   (let ((row (ctys-list--guest-at-point "renamed")))
     (list (read-string (format "Rename %s to: " (ctys-list--name row)) nil 'ctys-list--name-history
                        (plist-get row :label)))))
  (let ((row (ctys-list--guest-at-point "renamed")))
    (when (member to (list "" (plist-get row :label)))
      (user-error "%s is its name already" (plist-get row :label)))
    (ctys-job-start "ctys.rename"
                    (append (list :host (plist-get row :host) :label (plist-get row :label) :to to)
                            (ctys-list--privilege))
                    :show t)))

(defun ctys-list--guest-at-point (acted)
  "The guest at point, or an error with what cannot be ACTED there."
  (let ((row (ctys-list--at-point)))
    (unless (ctys-list--guest-p row)
      (user-error "%s is no guest, it cannot be %s" (ctys-list--name row) acted))
    row))

(defun ctys-list-create ()
  "Create a session; the command line is begun with the host of this row."
  (interactive)
  (require 'ctys)
  (let* ((id (tabulated-list-get-id))
         (host (if (consp id) (cdr id) (plist-get (ctys-list--row id) :host)))
         (start "-t xen -a create=l:"))
    (ctys-run (ctys-read-line (cons (format "%s,CONSOLE:%s %s" start (downcase ctys-console-kind) (or host ""))
                                    (1+ (length start)))))))

(defun ctys-list-console (&optional ask)
  "Open the console of the guest at point, or a shell on the host.
The kind is `ctys-console-kind'; with a prefix argument ASK for it."
  (interactive "P")
  (let* ((id (tabulated-list-get-id))
         (row (and (stringp id) (ctys-list--row id))))
    (cond
     ((null id) (user-error "There is no session on this line"))
     ((or (null row) (equal (plist-get row :type) "PM") (equal (plist-get row :label) "Domain-0"))
      (ctys-list-shell))
     ((ctys-list--guest-p row)
      (ctys-job-start "ctys.console"
                      (append (list :host (plist-get row :host) :label (plist-get row :label)
                                    :kind (if ask (ctys-list--read-kind) ctys-console-kind))
                              (ctys-list--privilege))))
     (t (user-error "%s is a %s, it has no console" (ctys-list--name row) (plist-get row :type))))))

(defun ctys-list-screen ()
  "Show the screen of the guest at point, according to `ctys-vnc-in'."
  (interactive)
  (let ((row (ctys-list--at-point)))
    (unless (ctys-list--guest-p row) (user-error "%s is no guest, it has no screen" (ctys-list--name row)))
    (ctys-job-start "ctys.console"
                    (append (list :host (plist-get row :host) :label (plist-get row :label) :kind "VNC")
                            (ctys-list--privilege)))))

(defun ctys-list--read-kind ()
  "A console kind that the user picks."
  (completing-read (format "Console (%s): " ctys-console-kind)
                   '("EMACS" "EMACSA" "EMACSM" "EMACSAM" "VNC" "XTERM" "GTERM") nil t nil nil ctys-console-kind))

(defun ctys-list-shell ()
  "Open a shell on the host of this row."
  (interactive)
  (let* ((id (tabulated-list-get-id))
         (host (if (consp id) (cdr id) (plist-get (ctys-list--at-point) :host))))
    (ctys-console-host host)))

(defun ctys-list-find-conf ()
  "Visit the configuration file of the guest at point."
  (interactive)
  (let* ((row (ctys-list--at-point))
         (conf (plist-get row :conf))
         (host (plist-get row :host)))
    (cond
     ((member conf '(nil ""))
      (user-error "%s: its configuration file is not known" (ctys-list--name row)))
     ((ctys-list--visited conf) (pop-to-buffer (ctys-list--visited conf)))
     ((file-readable-p conf) (find-file-other-window conf))
     ((y-or-n-p (format "%s is not on this machine; open it on %s by ssh? " conf host))
      (find-file-other-window (format "/ssh:%s:%s" host conf))))))

(defun ctys-list--visited (conf)
  "The buffer that visits CONF here."
  (get-file-buffer conf))

(defun ctys-list-copy-command ()
  "Copy the ctys command line that opens the console of the guest at point."
  (interactive)
  (let* ((row (ctys-list--at-point))
         (line (format "ctys -t xen -a create=l:%s,CONSOLE:%s,connect %s" (plist-get row :label)
                       (downcase ctys-console-kind) (plist-get row :host))))
    (kill-new line)
    (ctys-say "copied: %s" line)))

(defvar native-comp-enable-subr-trampolines)

(defun ctys-list-help ()
  "Show what can be done in the table, as a menu."
  (interactive)
  (if (require 'transient nil t)
      ;; Transient advises `recursive-edit'.  The first time, Emacs would compile a trampoline for that while the
      ;; menu is on the screen already, and a C-g meanwhile would leave it there for good.
      (let ((native-comp-enable-subr-trampolines nil))
        (require 'ctys-menu)
        (ctys-list-menu))
    (describe-mode)))

(provide 'ctys-list-acts)
;;; ctys-list-acts.el ends here
