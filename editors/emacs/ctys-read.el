;;; ctys-read.el --- Read a ctys command line with completion -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The ctys-ls developers
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The minibuffer in which a command line is typed.  The server is asked
;; for choices while the user types, so that TAB finds them at hand; a
;; slow answer never holds up a key.

;;; Code:

(require 'ctys-server)

(defvar ctys-history nil "Command lines typed before.")

(defcustom ctys-completion-patience 0.5
  "Seconds that TAB waits at most for the server; a key ends the wait at once."
  :type 'number
  :group 'ctys)

(defcustom ctys-read-problem-delay 0.4
  "Seconds of rest after which a problem is shown behind the line."
  :type 'number
  :group 'ctys)

(defvar ctys-read-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map minibuffer-local-map)
    (define-key map (kbd "TAB") #'completion-at-point)
    (define-key map (kbd "C-c C-p") #'ctys-read-plan)
    (define-key map (kbd "C-c C-f") #'ctys-read-fix)
    map)
  "Keys while a command line is typed.")
(declare-function ctys-plan "ctys-plan" (line))

(defvar-local ctys-read--answer nil "A list (LINE CURSOR RESULT), the last answer.")
(defvar-local ctys-read--asked nil "A pair (LINE . CURSOR) that the server is asked about now.")
(defvar-local ctys-read--given-up nil
  "Non-nil after a refusal: only TAB asks again.
Else every key would start a server that fails at once.")
(defvar-local ctys-read--hint-timer nil "The timer that shows a problem.")
(defvar-local ctys-read--hint nil "The overlay that shows a problem behind the line.")

(defun ctys-read-line (&optional initial)
  "Read a command line, which begins with INITIAL, in the minibuffer."
  (let ((line (minibuffer-with-setup-hook #'ctys-read-setup
                (read-from-minibuffer "ctys " initial ctys-read-map nil 'ctys-history))))
    (when (string-blank-p line)
      (user-error "Nothing to run: type a command line, for example -a list lab00"))
    line))

(defun ctys-read-setup ()
  "Complete and check the command line in this minibuffer."
  (add-hook 'completion-at-point-functions #'ctys-read-completion nil t)
  (add-hook 'post-command-hook #'ctys-read--ask nil t)
  (setq-local completion-ignore-case t))

(defun ctys-read--state ()
  "The line in this minibuffer and the cursor in it, as a pair."
  (cons (minibuffer-contents-no-properties) (- (point) (minibuffer-prompt-end))))

(defun ctys-read--fresh-p ()
  "Whether the last answer is about the line as it is."
  (and ctys-read--answer
       (equal (ctys-read--state) (cons (car ctys-read--answer) (cadr ctys-read--answer)))))

(defun ctys-program-prefix (line)
  "What LINE lacks to be a whole command line: the program's name, or nothing."
  (if (string-match-p "\\`[ \t]*ctys\\(?:-vhost\\)?\\(?:[ \t\n]\\|\\'\\)" line) "" "ctys "))

(defun ctys-command-line (line)
  "LINE as the server takes it, with the program's name in front."
  (let ((line (string-trim line)))
    (concat (ctys-program-prefix line) line)))

(defun ctys-read--ask ()
  "Ask the server about the line as it is, unless a question is under way."
  (let ((state (ctys-read--state))
        (buffer (current-buffer)))
    (unless (or ctys-read--asked ctys-read--given-up (ctys-read--fresh-p))
      (setq ctys-read--asked state)
      (condition-case failed
          (ctys-request
           "ctys.complete"
           (let* ((prefix (ctys-program-prefix (car state)))
                  (before (concat prefix (substring (car state) 0 (cdr state)))))
             (list :line (concat prefix (car state)) :cursor (ctys-utf16 before)))
           :then (lambda (result) (ctys-read--answered buffer state result))
           :else (lambda (text) (ctys-read--refused buffer state text)))
        ;; There is no server to ask: say so behind the line, and let the user type.
        (user-error (ctys-read--refused buffer state (error-message-string failed)))))))

(defun ctys-read--answered (buffer state result)
  "Keep RESULT for STATE in the minibuffer BUFFER.
Ask again if the line has changed meanwhile."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (setq ctys-read--asked nil
            ctys-read--answer (list (car state) (cdr state) result))
      (if (ctys-read--fresh-p)
          (ctys-read--show-problem-later)
        (ctys-read--ask)))))

(defun ctys-read--show-problem-later ()
  "Show the line's first problem when the user pauses; hide an older one now."
  (ctys-read--show-problem nil)
  (when (timerp ctys-read--hint-timer) (cancel-timer ctys-read--hint-timer))
  (let ((buffer (current-buffer)))
    (setq ctys-read--hint-timer
          (run-at-time ctys-read-problem-delay nil
                       (lambda ()
                         (when (buffer-live-p buffer)
                           (with-current-buffer buffer
                             (ctys-read--show-problem (ctys-read--first-problem)))))))))

(defun ctys-read--first-problem ()
  "The first problem of the line as it is; nothing is wrong with an empty line."
  (and (ctys-read--fresh-p)
       (not (string-blank-p (car ctys-read--answer)))
       (car (append (plist-get (nth 2 ctys-read--answer) :problems) nil))))

(defun ctys-read--refused (buffer state text)
  "Show TEXT, why there are no choices for STATE, in the minibuffer BUFFER."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer (setq ctys-read--given-up t)))
  (ctys-read--answered buffer state
                       (list :choices [] :problems (vector (list :severity "error" :message text)))))

(defun ctys-read--show-problem (problem)
  "Show PROBLEM behind the line, or nothing where it is nil."
  (unless (overlayp ctys-read--hint)
    (setq ctys-read--hint (make-overlay (point-max) (point-max) nil t t)))
  (move-overlay ctys-read--hint (point-max) (point-max))
  (overlay-put
   ctys-read--hint 'after-string
   (and problem
        (propertize (format "  [%s%s]" (plist-get problem :message)
                            (if (seq-empty-p (plist-get (nth 2 ctys-read--answer) :fixes))
                                ""
                              (substitute-command-keys " \\<ctys-read-map>\\[ctys-read-fix]: fix")))
                    'cursor 1
                    'face (if (member (plist-get problem :severity) '("error" 1)) 'error 'shadow)))))

(defun ctys-read--wait ()
  "Wait for the answer about the line, `ctys-completion-patience' at most.
Whatever the user types ends the wait."
  (setq ctys-read--given-up nil)
  (ctys-read--ask)
  (let ((end (+ (float-time) ctys-completion-patience)))
    (while (and ctys-read--asked
                (not (ctys-read--fresh-p))
                (not (input-pending-p))
                (< (float-time) end))
      (accept-process-output nil 0.02))))

(defun ctys-read-completion ()
  "Completion of the command line at point, for `completion-at-point-functions'."
  (unless (ctys-read--fresh-p) (ctys-read--wait))
  (when (ctys-read--fresh-p)
    (pcase-let* ((`(,line ,_cursor ,result) ctys-read--answer)
                 (choices (append (plist-get result :choices) nil))
                 (prefix (ctys-program-prefix line))
                 (line (concat prefix line))
                 (base (- (minibuffer-prompt-end) (length prefix)))
                 (table (mapcar (lambda (choice) (cons (plist-get choice :insert) choice)) choices)))
      (when choices
        (list (+ base (ctys-from-utf16 line (plist-get result :start)))
              (+ base (ctys-from-utf16 line (plist-get result :end)))
              (ctys-read--table table)
              :annotation-function
              (lambda (text)
                (let ((detail (plist-get (cdr (assoc text table)) :detail)))
                  (if (member detail '(nil "")) "" (concat "  " detail)))))))))

(defun ctys-read-fix ()
  "Put the line right by one of the fixes that the server knows for it."
  (interactive)
  (unless (ctys-read--fresh-p) (ctys-read--wait))
  (let* ((fixes (and (ctys-read--fresh-p)
                     (mapcar (lambda (fix) (cons (plist-get fix :title) (plist-get fix :line)))
                             (plist-get (nth 2 ctys-read--answer) :fixes))))
         (prefix (ctys-program-prefix (minibuffer-contents-no-properties)))
         (line (cdr (assoc (ctys-read--choose-fix (mapcar #'car fixes)) fixes))))
    (delete-minibuffer-contents)
    (insert (string-remove-prefix prefix line))))

(defun ctys-read--choose-fix (titles)
  "One of TITLES, which are shown where there are several."
  (cond ((null titles) (user-error "Nothing to put right in this line"))
        ((cdr titles)
         (let ((enable-recursive-minibuffers t))
           (minibuffer-with-setup-hook #'minibuffer-completion-help
             (completing-read (format "Fix (default %s): " (car titles)) titles nil t nil nil (car titles)))))
        (t (car titles))))

(defun ctys-read--table (choices)
  "A completion table of CHOICES in the server's order."
  (lambda (text predicate action)
    (if (eq action 'metadata)
        '(metadata (category . ctys) (display-sort-function . identity)
                   (cycle-sort-function . identity))
      (complete-with-action action choices text predicate))))

(defun ctys-read-plan ()
  "Show what the line would run, and go on typing."
  (interactive)
  (require 'ctys-plan)
  (ctys-plan (minibuffer-contents-no-properties)))

(provide 'ctys-read)
;;; ctys-read.el ends here
