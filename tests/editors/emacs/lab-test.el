;;; lab-test.el --- Work on simulated hosts, through the real ctys-ls -*- lexical-binding: t; -*-

;; Each test is run by test_lab.py in an Emacs of its own, which sets the faults of the hosts before.

;;; Code:

(require 'support)
(require 'ctys)
(require 'ctys-list)
(require 'ctys-vnc)

(setq ctys-server-command (list (getenv "CTYS_LS") "--stdio")
      ctys-terminal-backend 'ansi-term
      test-limit 30)

(defun test-run (line)
  "Run LINE and return what ended its job, when the log has been shown where it is to be."
  (let (ending)
    (ctys-job-start "ctys.run" (list :commandLine (ctys-command-line line)) :show t
                    :then (lambda (params) (setq ending params)))
    (test-await (concat "the end of " line) ending)
    ;; The log comes by a timer.  Since Emacs 30 this function runs in a timer too, and would return before it.
    (test-await "the log" (not (seq-find (lambda (timer) (eq (timer--function timer) #'ctys-jobs--display-log))
                                         timer-list)))
    ending))

(defun test-shows (buffer regexp)
  "Whether BUFFER shows REGEXP."
  (and (get-buffer buffer)
       (with-current-buffer buffer
         (save-excursion (goto-char (point-min)) (re-search-forward regexp nil t)))))

(defun test-table ()
  "Open the table and wait for both hosts."
  (ctys-list)
  (test-await "lab00 in the table" (test-shows "*ctys sessions*" "^  lab00\\S-* .*Domain-0"))
  (test-await "lab01 in the table" (test-shows "*ctys sessions*" "^  lab01\\S-* .*Domain-0")))

(defun test-guest (label)
  "Wait for the row of the guest LABEL and go to it."
  (with-current-buffer "*ctys sessions*"
    (test-await (concat label " in the table")
      (test-shows "*ctys sessions*" (format " %s +XEN +S .*\\(running\\|blocked\\)" label)))
    (goto-char (match-beginning 0))
    (test-shows "*ctys sessions*" (format " %s +XEN" label))
    (goto-char (match-beginning 0))
    (beginning-of-line)
    (re-search-forward (format " %s " label))
    (backward-char)))

(defun test-windows ()
  "The names of the buffers in this frame's windows, from above."
  (mapcar (lambda (window) (buffer-name (window-buffer window)))
          (sort (window-list nil 'no-minibuffer)
                (lambda (a b) (< (cadr (window-edges a)) (cadr (window-edges b)))))))

(ert-deftest lab-session-is-created-seen-and-cancelled ()
  (test-table)
  (let ((ending (test-run "-t xen -a create=l:tst100,CONSOLE:none lab00")))
    (should (equal (plist-get ending :state) "done"))
    (should (test-shows "*ctys*" "^\\* .*ctys -t xen -a create=l:tst100.*\\[done, exit status 0\\]"))
    (should (test-shows "*ctys*" "^lab00\\$ .*xl create .*tst100\\.conf")))
  (test-guest "tst100")
  (with-current-buffer "*ctys sessions*"
    (let (asked)
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (prompt) (setq asked prompt) t)))
        (ctys-list-cancel))
      (should (equal asked "Power off tst100 on lab00? ")))
    (test-await "the end of tst100" (not (test-shows "*ctys sessions*" " tst100 +XEN")))
    (test-await "the commands in the log" (test-shows "*ctys*" "^lab00\\$ .*xl shutdown "))))

(ert-deftest lab-guest-is-told-of-in-detail-and-renamed ()
  (test-table)
  (test-run "-t xen -a create=l:tst100,CONSOLE:none lab00")
  (test-guest "tst100")
  (with-current-buffer "*ctys sessions*"
    (should (eq (key-binding "i") #'ctys-guest))
    (should (eq (key-binding "R") #'ctys-list-rename))
    (call-interactively #'ctys-guest))
  (test-await "the guest in detail" (test-shows "*ctys guest*" "^tst100 on lab00$"))
  (should (test-shows "*ctys guest*" "^  Uptime +0:00:"))
  (should (test-shows "*ctys guest*" "00:50:56:13:11:40 +xenbr0 +connected"))
  (should (test-shows "*ctys guest*" "xvda +connected +/.*xvda.img"))
  (test-guest "tst100")
  (with-current-buffer "*ctys sessions*"
    (cl-letf (((symbol-function 'read-string) (lambda (&rest _) "webserver")))
      (call-interactively #'ctys-list-rename)))
  (test-guest "webserver")
  (test-await "the word about the file" (test-shows "*ctys*" "tst100.conf still reads name = \"tst100\""))
  (with-current-buffer "*ctys sessions*"
    (test-shows "*ctys sessions*" " Domain-0 ")
    (goto-char (point-min))
    (re-search-forward " Domain-0 ")
    (backward-char)
    (should-error (call-interactively #'ctys-list-rename) :type 'user-error))
  (with-current-buffer "*ctys guest*" (revert-buffer))
  (test-await "that the old name is gone" (test-said "looking at tst100: it does not run")))

(ert-deftest lab-console-forms-open-the-documented-windows ()
  (dolist (form '(("EMACS" nil ctys-console-mode) ("EMACSA" nil term-mode)
                  ("EMACSM" t ctys-console-mode) ("EMACSAM" t term-mode)))
    (pcase-let ((`(,kind ,split ,mode) form))
      (ert-info ((format "CONSOLE:%s" kind))
        (delete-other-windows)
        (switch-to-buffer "*scratch*")
        (should (equal "done" (plist-get (test-run (format "-t xen -a create=l:tst101,CONSOLE:%s lab00" kind))
                                         :state)))
        (test-await "the login prompt" (test-shows "*tst101*" "tst101 login:"))
        (should (eq (buffer-local-value 'major-mode (get-buffer "*tst101*")) mode))
        (if (not split)
            (should (equal (test-windows) '("*tst101*")))
          (should (equal (test-windows) '("*tst101*" "*lab00*")))
          (should (eq (buffer-local-value 'major-mode (get-buffer "*lab00*")) mode))
          (test-await "the host's prompt" (test-shows "*lab00*" "root@lab00\\|\\$ \\|# ")))
        ;; Killing the buffers detaches: the guest runs on.
        (dolist (buffer '("*tst101*" "*lab00*"))
          (when (get-buffer buffer)
            (let ((process (get-buffer-process buffer)))
              (kill-buffer buffer)
              (test-await "the end of the relay" (not (process-live-p process))))))
        (should (string-match-p "tst101" (plist-get (test-run "-t xen -a list lab00") :text)))
        (test-run "-t xen -a cancel=l:tst101,POWEROFF:0,FORCE lab00")))))

;;; The lines of the use-case page

(defconst test-use-case-lines
  (let ((page (with-temp-buffer
                (insert-file-contents (expand-file-name "../../data/use-cases.json" test-here))
                (json-parse-buffer :object-type 'plist :array-type 'list))))
    (mapcar (lambda (number)
              (let* ((id (format "UC-%02d" number))
                     (text (plist-get (seq-find (lambda (entry) (equal (plist-get entry :id) id)) page) :text)))
                (cons id (string-trim (replace-regexp-in-string "\\\\\n" " " text)))))
            (append (number-sequence 1 17) (number-sequence 20 23))))
  "The lines of the page that create a session with a console, by their ids.")

(defun test-before-use-case (id line)
  "Do what LINE, of the page's ID, takes for granted."
  (pcase id
    ("UC-21" (test-run "-t xen -a create=l:tst100,CONSOLE:none lab01")
     (test-run "-t xen -a cancel=l:tst100,SUSPEND lab01")
     (let ((folder (expand-file-name "hosts/lab01/home/xen/tst-ctys/tst100/"
                                     (file-name-directory (getenv "CTYS_SSH_CONFIG")))))
       (rename-file (concat folder "tst100.stat") (concat folder "mystate.stat") t)))
    ((or "UC-22" "UC-23") (test-run "-t xen -a cancel=l:tst100,SUSPEND lab01"))
    (_ (unless (string-match-p ",connect" line)
         (test-run "-t xen -a cancel=l:tst100,POWEROFF:0,FORCE lab00")))))

(defun test-close-consoles ()
  "Kill the buffers of consoles and wait until their programs have ended."
  (dolist (buffer (buffer-list))
    (when (buffer-local-value 'ctys-console-spec buffer)
      (let ((process (get-buffer-process buffer)))
        (kill-buffer buffer)
        (test-await "the end of the relay" (not (process-live-p process)))))))

(ert-deftest lab-use-case-lines-open-the-consoles-they-name ()
  (let (shown)
    (cl-letf (((symbol-function 'browse-url) (lambda (url &rest _) (setq shown url)))
              ;; Without a display xterm and gnome-terminal are terminals of Emacs, and a screen is a page.
              ((symbol-function 'getenv)
               (let ((old (symbol-function 'getenv)))
                 (lambda (name &rest more)
                   (unless (member name '("DISPLAY" "WAYLAND_DISPLAY")) (apply old name more))))))
      (pcase-dolist (`(,id . ,text) test-use-case-lines)
        ;; A user has the same home on all hosts of the page; a simulated host has one of its own.
        (let ((line (string-replace "$HOME" (expand-file-name "hosts/lab00/home" (file-name-directory (getenv "CTYS_SSH_CONFIG")))
                                    text)))
          (ert-info ((format "%s: %s" id line))
		    (test-before-use-case id line)
		    (delete-other-windows)
		    (switch-to-buffer "*scratch*")
		    (setq shown nil)
		    (let ((kind (if (string-match "CONSOLE:\\([a-z]+\\)" line) (upcase (match-string 1 line)) "XTERM"))
			  (ending (test-run line)))
		      (should (equal (plist-get ending :state) "done"))
		      (pcase kind
			("NONE" (should-not (get-buffer "*tst100*")))
			("VNC"
			 (test-await "the screen" (test-shows "*tst100 VNC*" "The screen of tst100 is at"))
			 (test-await "the browser" (string-match-p "^http://127\\.0\\.0\\.1:" (or shown ""))))
			(_
			 (test-await "the console" (test-shows "*tst100*" "console of tst100 on lab0[01]"))
			 (should (eq (buffer-local-value 'major-mode (get-buffer "*tst100*"))
				     (if (equal kind "EMACS") 'ctys-console-mode 'term-mode)))
			 (should (equal (test-windows) '("*tst100*")))))
		      (test-close-consoles))))))))

(ert-deftest lab-shell-buffer-talks-to-the-guest ()
  (test-run "-t xen -a create=l:tst100,CONSOLE:emacs lab01")
  (test-await "the login prompt" (test-shows "*tst100*" "tst100 login:"))
  (with-current-buffer "*tst100*"
    (goto-char (point-max))
    (insert "root")
    (comint-send-input)
    (test-await "the guest's prompt" (test-shows "*tst100*" "root@tst100"))
    (goto-char (point-max))
    (insert "hostname")
    (comint-send-input)
    (test-await "the answer" (test-shows "*tst100*" "^tst100$"))
    ;; What was typed stands there once, and no escape sequence does.
    (should (= 1 (how-many "hostname$" (point-min) (point-max))))
    (should (= 1 (how-many "# hostname$" (point-min) (point-max))))
    (should (= 0 (how-many "\e\\|\r" (point-min) (point-max)))))
  (test-run "-t xen -a cancel=l:tst100,POWEROFF:0,FORCE lab01"))

(ert-deftest lab-console-is-ended-by-its-row-and-the-guest-runs-on ()
  (test-run "-t xen -a create=l:tst100,CONSOLE:emacsa lab00")
  (test-await "the guest" (test-shows "*tst100*" "login:"))
  (test-table)
  (with-current-buffer "*ctys sessions*"
    (test-await "the console in the table" (test-shows "*ctys sessions*" " tst100 +CLI +C"))
    (goto-char (match-beginning 0))
    (test-shows "*ctys sessions*" " tst100 +CLI +C")
    (goto-char (1+ (match-beginning 0)))
    (cl-letf (((symbol-function 'y-or-n-p) #'always)) (ctys-list-cancel)))
  (test-await "the end of the console" (not (get-buffer-process "*tst100*")))
  (test-guest "tst100"))

(ert-deftest lab-host-that-refuses-has-a-line-and-the-other-is-served ()
  (ctys-list)
  (test-await "lab01" (test-shows "*ctys sessions*" "^  lab01\\S-* .*Domain-0"))
  (test-await "the line of lab00" (test-shows "*ctys sessions*" "^  lab00  unreachable since [0-9:]+: .+\\. .+"))
  (let ((ending (test-run "-a list lab00 lab01")))
    (should (equal (plist-get ending :state) "failed"))
    (should (test-shows "*ctys*" "^FAILED lab00: .+\\. .+"))
    (should (test-shows "*ctys*" "lab01.*Domain-0"))))

(ert-deftest lab-unknown-host-key-is-asked-with-its-fingerprint ()
  (let (asked)
    (cl-letf (((symbol-function 'yes-or-no-p) (lambda (prompt) (setq asked prompt) nil)))
      (let ((ending (test-run "-a list lab00")))
        (should (string-match-p "lab00\\(.\\|\n\\)*SHA256:" asked))
        (should (equal (plist-get ending :state) "failed"))))
    (setq asked nil)
    (cl-letf (((symbol-function 'yes-or-no-p) (lambda (prompt) (setq asked prompt) t)))
      (let ((ending (test-run "-a list lab00")))
        (should asked)
        (should (equal (plist-get ending :state) "done"))
        (should (test-shows "*ctys*" "lab00.*Domain-0"))))))

(ert-deftest lab-slow-job-is-cancelled ()
  (let (ending)
    (ctys-job-start "ctys.run" '(:commandLine "ctys -a list lab00") :then (lambda (params) (setq ending params)))
    (let ((job (test-await "the job" (car (ctys-jobs-running)))))
      (test-await "it in the mode line" (memq 'ctys-mode-line global-mode-string))
      (ctys-cancel-job job))
    (test-await "the end" ending)
    (should (equal (plist-get ending :state) "cancelled"))
    (should-not (ctys-jobs-running))
    (should-not (memq 'ctys-mode-line global-mode-string))
    (should-error (call-interactively #'ctys-cancel-job) :type 'user-error)))

(ert-deftest lab-emacs-is-not-held-up-by-a-silent-host ()
  (let ((start (float-time)))
    (ctys-list)
    (ctys-run "-a list lab00")
    (ctys-plan "-t xen -a create=l:tst100 lab00")
    (should (< (- (float-time) start) 1)))
  (test-await "the plan" (test-shows "*ctys plan*" "^1\\. lab00: "))
  (test-await "the other host" (test-shows "*ctys sessions*" "^  lab01\\S-* .*Domain-0")))

(ert-deftest lab-wrong-lines-are-one-sentence ()
  (dolist (case '(("-t xen -a creat=l:tst100 lab00" . "creat")
                  ("-t xen -a create=CONSOLE:none lab00" . "machine\\|address")
                  ("-t xen -a create=l:nosuch,CONSOLE:none lab00" . "nosuch")))
    (test-fresh)
    (let (done)
      (ctys-request "ctys.run" (list :commandLine (ctys-command-line (car case)))
                    :then (lambda (_) (setq done t)) :else (lambda (text) (setq done t) (ctys-say "%s" text)))
      (test-await "an answer" done))
    (test-await (format "the sentence about %s" (car case)) (test-said (format "^ctys: .*\\(%s\\)" (cdr case))))
    (should-not (test-said "Backtrace\\|Error in\\|error in process"))))

(ert-deftest lab-completion-knows-hosts-and-labels ()
  (test-run "-t xen -a create=l:tst100,CONSOLE:none lab00")
  (with-temp-buffer
    (let ((ctys-completion-patience 5))
      (dolist (case '(("-t xen -a cr" . "create") ("-t xen -a create=l:tst10" . "tst100")
                      ("-t xen -a create=l:tst100,CONS" . "CONSOLE:") ("-a list lab" . "lab00")))
        (erase-buffer)
        (insert (car case))
        (pcase-let ((`(,start ,end ,table . ,_) (ctys-read-completion)))
          (should (seq-some (lambda (choice) (string-prefix-p (cdr case) choice t))
                            (let ((completion-ignore-case t))
                              (all-completions (buffer-substring start end) table))))))))
  (test-run "-t xen -a cancel=l:tst100,POWEROFF:0,FORCE lab00"))

(provide 'lab-test)
;;; lab-test.el ends here
