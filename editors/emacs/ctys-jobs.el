;;; ctys-jobs.el --- What runs, and the log of what ran -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Jobs of the server: their progress in the mode line, their end as a
;; message, and everything that was run, word for word, in the buffer
;; `*ctys*'.

;;; Code:

(require 'ctys-server)
(require 'ansi-color)

(defcustom ctys-log-display 'output
  "When the log `*ctys*' is shown at the end of a command line."
  :type '(choice (const :tag "When it printed something or failed" output)
                 (const :tag "When it failed" failure)
                 (const :tag "Never" nil))
  :group 'ctys)

(defface ctys-command '((t :inherit font-lock-function-name-face))
  "A command that was run." :group 'ctys)
(defface ctys-failed '((t :inherit error))
  "What went wrong." :group 'ctys)
(defface ctys-title '((t :inherit bold))
  "The first line of a job in the log." :group 'ctys)
(defface ctys-faint '((t :inherit shadow))
  "What matters less." :group 'ctys)

(cl-defstruct ctys-job
  "A job of the server behind CONNECTION.
STATE is running, done, failed or cancelled.  SHOW: its end is shown as
`ctys-log-display' says.  ENDING is the notification that ended it, THEN
a function to call with that."
  id connection (title "") (message "") (state 'running) show ending then)

(defvar ctys-jobs--known (make-hash-table :test #'equal)
  "Jobs by connection and id.")

(defvar ctys-mode-line '(:eval (ctys-jobs--mode-line))
  "What the mode line says of running jobs.")
;;;###autoload
(put 'ctys-mode-line 'risky-local-variable t)

(defun ctys-jobs--get (connection id)
  "The job ID of CONNECTION; it is made where it is not known yet."
  (let ((key (cons (sxhash-eq connection) id)))
    (or (gethash key ctys-jobs--known)
        (puthash key (make-ctys-job :id id :connection connection) ctys-jobs--known))))

(defun ctys-jobs-running ()
  "The running jobs, oldest first."
  (let (running)
    (maphash (lambda (_key job)
               (when (and (eq (ctys-job-state job) 'running)
                          (ctys-server-live-p (ctys-job-connection job)))
                 (push job running)))
             ctys-jobs--known)
    (nreverse running)))

(defun ctys-jobs--mode-line ()
  "One short word per running job."
  (when-let ((running (ctys-jobs-running)))
    (let ((job (car running)))
      (propertize
       (format " ctys[%s%s]" (truncate-string-to-width (ctys-job-title job) 24 nil nil t)
               (if (cdr running) (format " +%d" (length (cdr running))) ""))
       'face 'mode-line-emphasis
       'help-echo (mapconcat (lambda (job) (format "%s: %s" (ctys-job-title job) (ctys-job-message job)))
                             running "\n")))))

(defun ctys-jobs--update-mode-line ()
  "Show the mode line's entry while there is something to show."
  (if (ctys-jobs-running)
      (unless (memq 'ctys-mode-line global-mode-string)
        (setq global-mode-string (append (or global-mode-string '("")) '(ctys-mode-line))))
    (setq global-mode-string (delq 'ctys-mode-line global-mode-string)))
  (force-mode-line-update t))

(cl-defun ctys-job-start (command argument &key show then)
  "Start the job COMMAND with ARGUMENT, a property list.
SHOW: its end is shown as `ctys-log-display' says.  THEN is called with
the parameters of the notification that ends it."
  (let ((connection (ctys-connection)))
    (ctys-request
     command argument :connection connection
     :then (lambda (result)
             (let ((job (ctys-jobs--get connection (plist-get result :job))))
               (setf (ctys-job-show job) show)
               ;; The end may have come before this answer.
               (if-let ((ending (ctys-job-ending job)))
                   (progn (ctys-jobs--show job ending)
                          (when then (funcall then ending)))
                 (setf (ctys-job-then job) then)))))))

;;; Notifications

(cl-defmethod ctys-notification ((_method (eql 'ctys/job)) connection params)
  "Follow a job of CONNECTION by the notification PARAMS."
  (let ((job (ctys-jobs--get connection (plist-get params :job)))
        (title (plist-get params :title)))
    (when (and title (not (string-empty-p title)))
      (setf (ctys-job-title job) title))
    (pcase (plist-get params :kind)
      ("report" (ctys-jobs--report job params))
      ("end" (ctys-jobs--end job params)))
    (ctys-jobs--update-mode-line)))

(defun ctys-jobs--report (job params)
  "Show the progress of JOB in PARAMS, unless the user types in the minibuffer."
  (let ((host (plist-get params :host)))
    (setf (ctys-job-message job)
          (concat (and host (concat host ": ")) (plist-get params :message))))
  (unless (active-minibuffer-window)
    (let ((message-log-max nil)) (ctys-say "%s" (ctys-job-message job)))))

(defun ctys-jobs--end (job params)
  "Log the end of JOB and say how it went; PARAMS is the notification."
  (setf (ctys-job-state job) (intern (or (plist-get params :state) "done"))
        (ctys-job-ending job) params)
  (ctys-log-job params)
  (ctys-jobs--show job params)
  (when-let ((then (ctys-job-then job)))
    (setf (ctys-job-then job) nil)
    (funcall then params)))

(defun ctys-jobs--failures (params)
  "One sentence for every target in PARAMS that failed."
  (mapcar #'ctys-jobs--trouble (seq-filter #'ctys-jobs--bad-p (plist-get params :targets))))

(defun ctys-jobs--bad-p (target)
  "Whether TARGET failed."
  (memq (plist-get target :ok) '(nil :json-false)))

(defun ctys-jobs--trouble (target)
  "Why TARGET failed: host, act, the tool's words and the cure, in one line."
  (let* ((trouble (plist-get target :trouble))
         (words (plist-get trouble :words))
         (cure (plist-get trouble :cure)))
    (if (null trouble)
        (format "%s: failed" (plist-get target :host))
      (concat (plist-get trouble :host) ": " (plist-get trouble :act)
              (unless (member words '(nil "")) (concat ": " (string-trim words)))
              (unless (member cure '(nil "")) (concat ". " cure))))))

(defvar-local ctys-keep-window nil
  "Non-nil in a buffer whose window is not to be taken by the log.")

(defun ctys-jobs--consoles-p ()
  "Whether this frame has a console, which the log must not cover."
  (seq-some (lambda (window) (buffer-local-value 'ctys-keep-window (window-buffer window)))
            (window-list nil 'no-minibuffer)))

(defun ctys-jobs--show (job params)
  "Tell the user how JOB ended; PARAMS is the notification."
  (let* ((state (ctys-job-state job))
         (failures (ctys-jobs--failures params))
         (output (or (plist-get params :text) ""))
         (bad (or failures (not (eq state 'done)))))
    (cond
     (failures (ctys-say "%s" (string-join failures " | ")))
     ((eq state 'done) (ctys-say "%s: done" (ctys-job-title job)))
     (t (ctys-say "%s: %s%s" (ctys-job-title job) state
                  (let ((message (plist-get params :message)))
                    (if (member message '(nil "")) "" (concat ": " message))))))
    (when (and (ctys-job-show job)
               (pcase ctys-log-display
                 ('output (or bad (not (string-blank-p output))))
                 ('failure bad)))
      (run-at-time 0 nil #'ctys-jobs--display-log))))

(defun ctys-jobs--display-log ()
  "Show the log, unless a console has been opened meanwhile."
  (unless (ctys-jobs--consoles-p) (display-buffer (ctys-log-buffer))))

;;; The log

(defvar ctys-log-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'ctys-log-next)
    (define-key map "p" #'ctys-log-previous)
    (define-key map "k" #'ctys-cancel-job)
    (define-key map "l" #'ctys-list)
    (define-key map "c" #'ctys)
    map)
  "Keys of the log.")
(declare-function ctys-list "ctys-list" ())
(declare-function ctys "ctys" (line &optional plan))

(define-derived-mode ctys-log-mode special-mode "ctys log"
  "What ctys has run, with the exact commands and their output.
\\{ctys-log-mode-map}"
  (setq truncate-lines t)
  (setq-local window-point-insertion-type t))

(defun ctys-log-buffer ()
  "The buffer of the log."
  (with-current-buffer (get-buffer-create "*ctys*")
    (unless (derived-mode-p 'ctys-log-mode) (ctys-log-mode))
    (current-buffer)))

;;;###autoload
(defun ctys-log ()
  "Show what ctys has run."
  (interactive)
  (pop-to-buffer (ctys-log-buffer)))

(defun ctys-log-next (&optional count)
  "Go to the next job of the log, or COUNT further."
  (interactive "p")
  (let ((step (or count 1)))
    (when (> step 0) (end-of-line))
    (if (re-search-forward "^\\*" nil 'move step) (beginning-of-line))))

(defun ctys-log-previous (&optional count)
  "Go to the job before, or COUNT further back."
  (interactive "p")
  (beginning-of-line)
  (re-search-backward "^\\*" nil 'move (or count 1)))

(defun ctys-log--line (text &optional face)
  "Insert TEXT with FACE as a line of its own."
  (insert (if face (propertize text 'face face) text))
  (unless (bolp) (insert "\n")))

(defun ctys-log-job (params)
  "Add the ended job in PARAMS to the log."
  (with-current-buffer (ctys-log-buffer)
    (let ((inhibit-read-only t)
          (text (or (plist-get params :text) "")))
      (save-excursion
        (goto-char (point-max))
        (unless (bobp) (insert "\n"))
        (ctys-log--line
         (format "* %s %s [%s, exit status %s]" (format-time-string "%T")
                 (plist-get params :title)
                 (plist-get params :state) (or (plist-get params :exitStatus) "?"))
         'ctys-title)
        (seq-do #'ctys-log--target (plist-get params :targets))
        (unless (string-blank-p text)
          (ctys-log--line (ansi-color-apply text))))
      (dolist (window (get-buffer-window-list nil nil t))
        (set-window-point window (point-max))))))

(defun ctys-log--target (target)
  "Insert what ran for TARGET and what became of it."
  (seq-do (lambda (command)
            (ctys-log--line (format "%s$ %s" (plist-get target :host) command) 'ctys-command))
          (plist-get target :ran))
  (if (ctys-jobs--bad-p target)
      (progn
        (ctys-log--line (concat "FAILED " (ctys-jobs--trouble target)) 'ctys-failed)
        (seq-do (lambda (choice) (ctys-log--line (concat "  choose: " choice)))
                (plist-get (plist-get target :trouble) :choices)))
    (unless (member (plist-get target :state) '(nil ""))
      (ctys-log--line (format "state on %s: %s" (plist-get target :host) (plist-get target :state)) 'ctys-faint))))

;;; Cancelling

;;;###autoload
(defun ctys-cancel-job (job)
  "Stop JOB, a `ctys-job'; what it had started is ended too.
Interactively JOB is the running one, asked for where there are several."
  (interactive (list (ctys-jobs--read)))
  (ctys-request "ctys.cancelJob" (list :job (ctys-job-id job))
                :connection (ctys-job-connection job)
                :then (lambda (result)
                        (unless (eq (plist-get result :known) t)
                          (ctys-say "%s has ended already" (ctys-job-title job))))))

(defun ctys-jobs--read ()
  "The running job, or the one of several that the user names."
  (let ((running (ctys-jobs-running)))
    (cond
     ((null running) (user-error "No ctys job runs"))
     ((cdr running)
      (let ((names (mapcar (lambda (job) (cons (format "%s %s" (ctys-job-id job) (ctys-job-title job)) job))
                           running)))
        (cdr (assoc (completing-read "Stop which job: " names nil t) names))))
     (t (car running)))))

(provide 'ctys-jobs)
;;; ctys-jobs.el ends here
