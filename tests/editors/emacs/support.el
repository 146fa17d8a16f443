;;; support.el --- What the tests in Emacs share -*- lexical-binding: t; -*-

;;; Code:

(require 'ert)
(require 'cl-lib)

(defvar test-here (file-name-directory (or load-file-name buffer-file-name)))
(defvar test-limit 20 "Seconds after which something awaited counts as missing.")

(defmacro test-await (what &rest body)
  "Wait until BODY is true; fail with WHAT when that does not happen in time."
  (declare (indent 1))
  `(let ((end (+ (float-time) test-limit)) result)
     (while (not (or (setq result (progn ,@body)) (> (float-time) end)))
       (accept-process-output nil 0.02))
     (unless result (ert-fail (list "never came" ,what (test-screen))))
     result))

(defun test-screen ()
  "What the user would see last: messages and the log."
  (list :messages (with-current-buffer (messages-buffer) (buffer-substring (max 1 (- (point-max) 600)) (point-max)))
        :log (and (get-buffer "*ctys*") (with-current-buffer "*ctys*" (buffer-string)))))

(defun test-said (regexp)
  "Whether a message that matches REGEXP has been shown since `test-fresh'."
  (with-current-buffer (messages-buffer)
    (save-excursion (goto-char (point-min)) (re-search-forward regexp nil t))))

(defun test-warned ()
  "The first warning that Emacs has shown in a window or among the messages since `test-fresh', or nil."
  (when (test-said "^\\(?:Warning\\|Error\\) (.*\\|.*deprecated.*\\|.*obsolete.*")
    (with-current-buffer (messages-buffer) (match-string 0))))

(defun test-fresh ()
  "Forget what was shown, and end what runs."
  (when (bound-and-true-p ctys-server--own)
    (delete-process (jsonrpc--process ctys-server--own))
    (accept-process-output nil 0.1))
  (setq ctys-server--own nil ctys-server--shared nil)
  (with-current-buffer (messages-buffer) (let ((inhibit-read-only t)) (erase-buffer)))
  (dolist (buffer (buffer-list))
    (when (string-match-p "\\`\\*\\(ctys\\|tst\\|lab\\|plain\\)" (buffer-name buffer))
      (kill-buffer buffer))))

(provide 'support)
;;; support.el ends here
